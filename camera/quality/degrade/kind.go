package degrade

import "hash/fnv"

// Kind is a way in which a photograph is spoilt.
type Kind string

// The kinds, with the unit of their amount. Pixels are those of a field of 256: they grow with the picture's own field.
const (
	Blur     Kind = "blur"     // out of focus: sigma of a Gaussian, pixels
	Motion   Kind = "motion"   // moved during the exposure: length of a straight line, pixels
	Over     Kind = "over"     // too bright: steps of exposure (EV) in linear light
	Under    Kind = "under"    // too dark: steps of exposure
	Glare    Kind = "glare"    // mirrored light: share of the lesion that it covers
	Cast     Kind = "cast"     // wrong white: mean deltaE00 between before and after, over the field
	JPEG     Kind = "jpeg"     // blocks: quality of the encoder, 1 to 100
	Crop     Kind = "crop"     // moved off the lesion: share of the lesion that is outside the picture
	Hair     Kind = "hair"     // share of the lesion under hair
	Empty    Kind = "empty"    // skin alone; the amount means nothing
	Distant  Kind = "distant"  // no dermatoscope: skin from afar, the lesion small in it; the amount means nothing
	Original Kind = "original" // nothing is done
)

// Kinds lists the kinds that spoil, in the order of tables.
func Kinds() []Kind {
	return []Kind{Blur, Motion, Over, Under, Glare, Cast, JPEG, Crop, Hair, Empty, Distant}
}

// hash tells the kinds apart, so that the same seed does not put hair where the glare was.
func (k Kind) hash() uint64 {
	h := fnv.New64a()
	h.Write([]byte(k))
	return h.Sum64()
}
