package degrade_test

import (
	"testing"

	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
)

func BenchmarkSpoil(b *testing.B) {
	for name, p := range map[string]degrade.Picture{"256": mole(256, quality.ShapeSquare), "1080": mole(1080, quality.ShapeDisc)} {
		for _, k := range degrade.Kinds() {
			b.Run(name+"/"+string(k), func(b *testing.B) {
				for b.Loop() {
					spoil(b, p, degrade.Fault{Kind: k, Amount: amount(k), Direction: direction(k)})
				}
			})
		}
	}
}
