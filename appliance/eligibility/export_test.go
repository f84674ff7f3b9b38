package eligibility

import (
	"slices"

	"dermbox/appliance"
)

// The functions of this file break one thing of an engine, in memory: no file that does so would be taken.

func (e *Engine) broken(change func(*Engine)) *Engine {
	b := *e
	b.set.Rules = slices.Clone(e.set.Rules)
	change(&b)
	return &b
}

// WithoutRule leaves one rule out.
func (e *Engine) WithoutRule(id string) *Engine {
	return e.broken(func(b *Engine) { b.set.Rules = slices.DeleteFunc(b.set.Rules, func(r rule) bool { return r.ID == id }) })
}

// WithoutEffect takes one effect from a rule.
func (e *Engine) WithoutEffect(id string, effect appliance.Effect) *Engine {
	return e.ruleBroken(id, func(r *rule) {
		r.Effects = slices.DeleteFunc(slices.Clone(r.Effects), func(x appliance.Effect) bool { return x == effect })
	})
}

// CertainOnly makes one rule take what is not known for a no.
func (e *Engine) CertainOnly(id string) *Engine {
	return e.ruleBroken(id, func(r *rule) { r.When = certain(r.When) })
}

func (e *Engine) ruleBroken(id string, change func(*rule)) *Engine {
	return e.broken(func(b *Engine) {
		for i := range b.set.Rules {
			if b.set.Rules[i].ID == id {
				change(&b.set.Rules[i])
			}
		}
	})
}

const certainly = "certainly "

// certain gives a condition in which nothing is unknown; its questions and tests exist in tests only.
func certain(c condition) condition {
	each := func(list []condition) (all []condition) {
		for _, c := range list {
			all = append(all, certain(c))
		}
		return all
	}
	c.Any, c.All = each(c.Any), each(c.All)
	if q, known := questions[c.Field]; known {
		name, is := certainly+c.Field, c.Is
		questions[name] = question{func(s *subject) appliance.Answer {
			if a := q.ask(s); a == appliance.Yes || a == appliance.No {
				return a
			}
			return map[bool]appliance.Answer{true: appliance.No, false: appliance.Yes}[slices.Contains(is, appliance.Yes)]
		}, q.lesion}
		c.Field = name
	}
	if t, known := tests[c.Test]; known {
		name := certainly + c.Test
		tests[name] = test{func(c *condition, s *subject) truth { return truthOf(t.evaluate(c, s) == yes) }, t.phase, t.lesion, t.uses}
		c.Test = name
	}
	return c
}

// Guards names the guards of Route.
func (e *Engine) Guards() (names []string) {
	for _, g := range slices.Concat(e.guards, e.doubts) {
		names = append(names, g.name)
	}
	return names
}

// WithoutGuard takes one guard out of Route.
func (e *Engine) WithoutGuard(name string) *Engine {
	named := func(g guard) bool { return g.name == name }
	return e.broken(func(b *Engine) {
		b.guards, b.doubts = slices.DeleteFunc(slices.Clone(b.guards), named), slices.DeleteFunc(slices.Clone(b.doubts), named)
	})
}

// WithRoute writes a line of the table, whatever the floor.
func (e *Engine) WithRoute(class appliance.Class, route appliance.Route) *Engine {
	return e.broken(func(b *Engine) {
		b.set.Routes.Classes = map[appliance.Class]appliance.Route{}
		for c, r := range e.set.Routes.Classes {
			b.set.Routes.Classes[c] = r
		}
		b.set.Routes.Classes[class] = route
	})
}

// WithBenign writes a pathway's line for benign answers, whatever the floor.
func (e *Engine) WithBenign(pathway appliance.Pathway, route appliance.Route) *Engine {
	return e.broken(func(b *Engine) {
		b.set.Routes.Benign = map[appliance.Pathway]appliance.Route{}
		for p, r := range e.set.Routes.Benign {
			b.set.Routes.Benign[p] = r
		}
		b.set.Routes.Benign[pathway] = route
	})
}

// WithSevenPoint sets from which score on the history contradicts, whatever the floor.
func (e *Engine) WithSevenPoint(score int) *Engine {
	return e.broken(func(b *Engine) { b.set.Discordance.SevenPoint = score })
}
