package graph

import "fmt"

// step is one operation of the graph: the tensors that it reads and those that it writes, by their numbers.
type step struct{ reads, writes []int }

// readSteps reads the operations and checks every number in them.
func readSteps(tables []table, codes, tensors int) []step {
	steps, references := make([]step, 0, len(tables)), 0
	for _, t := range tables {
		s := step{t.ints(1, maxEntries), t.ints(2, maxEntries)}
		if code := int64(t.u32(0)); code >= int64(codes) {
			t.r.fail(fmt.Sprintf("operator code %d of %d", code, codes), t.at)
		}
		for _, i := range s.reads {
			if i < -1 || i >= tensors { // -1: an input that is left out
				t.r.fail(fmt.Sprintf("tensor %d of %d", i, tensors), t.at)
			}
		}
		for _, i := range s.writes {
			if i < 0 || i >= tensors {
				t.r.fail(fmt.Sprintf("tensor %d of %d", i, tensors), t.at)
			}
		}
		if references += len(s.reads) + len(s.writes); references > maxReferences {
			t.r.fail("too many references", t.at)
		}
		if t.r.err != nil {
			return nil
		}
		steps = append(steps, s)
	}
	return steps
}

// peak gives the most bytes of tensors, weights left out, that are needed at once: each from the step that writes it to the
// last one that reads it; inputs from the start, outputs to the end. A runtime needs about as much.
func peak(tensors []Tensor, steps []step, inputs, outputs []int) int64 {
	first, last := make([]int, len(tensors)), make([]int, len(tensors))
	for i := range tensors {
		first[i], last[i] = len(steps), -1
	}
	mark := func(indices []int, at int) {
		for _, i := range indices {
			if i >= 0 {
				first[i], last[i] = min(first[i], at), max(last[i], at)
			}
		}
	}
	mark(inputs, 0)
	for at, s := range steps {
		mark(s.reads, at)
		mark(s.writes, at)
	}
	mark(outputs, max(0, len(steps)-1))
	change := make([]int64, len(steps)+2)
	for i, t := range tensors {
		if last[i] >= 0 && !t.constant {
			change[first[i]] += t.Bytes
			change[last[i]+1] -= t.Bytes
		}
	}
	most, now := int64(0), int64(0)
	for _, c := range change {
		now += c
		most = max(most, now)
	}
	return min(most, tooMany)
}
