package degrade

// Casts lists the directions of a colour cast: those of a lamp (warm, cool) and those across them (green, magenta), since a
// check that knows only one axis would miss half of them.
func Casts() []string { return []string{"warm", "cool", "green", "magenta"} }
