package eligibility

// truth is an answer in three values (Kleene's logic): what is not known stays so until the end, where a rule takes it for
// a hit.
type truth int

const (
	no truth = iota
	unknown
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// anyOf is yes when one is, no when all are.
func anyOf(list []condition, s *subject) truth {
	result := no
	for i := range list {
		result = max(result, list[i].evaluate(s))
	}
	return result
}

// allOf is no when one is, yes when all are.
func allOf(list []condition, s *subject) truth {
	result := yes
	for i := range list {
		result = min(result, list[i].evaluate(s))
	}
	return result
}
