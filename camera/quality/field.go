package quality

import "slices"

// FindField finds the lit part of a grey picture, in its own pixels. The picture should be a reduced one, so that noise
// hardly lights the dark. What is lit is decided against the picture's own darkest and typical lit luma, so that a dark
// picture still has a field and is refused for its exposure.
func FindField(grey []byte, width, height int) Field {
	if width < 1 || height < 1 || len(grey) < width*height {
		return Field{Shape: ShapeNone}
	}
	limit, ok := litFrom(grey[:width*height])
	if !ok {
		return Field{Shape: ShapeNone}
	}
	cols, rows := make([]int, width), make([]int, height)
	for y := range height {
		for x, v := range grey[y*width:][:width] {
			if int(v) > limit {
				cols[x]++
				rows[y]++
			}
		}
	}
	x0, x1 := extent(cols)
	y0, y1 := extent(rows)
	if x1 < x0 || y1 < y0 {
		return Field{Shape: ShapeNone}
	}
	f := Field{Shape: ShapeDisc, X: float64(x0+x1+1) / 2, Y: float64(y0+y1+1) / 2, Size: float64(min(x1-x0, y1-y0) + 1)}
	if cornersLit(grey, width, limit, [4]int{x0, y0, x1, y1}) >= 3 {
		f.Shape = ShapeSquare
	}
	return f
}

// litFrom gives the luma above which a pixel is lit: a third of the way from the darkest to the median of what is clearly
// not dark. A picture without dark edges is lit throughout.
func litFrom(grey []byte) (limit int, ok bool) {
	var histogram [256]int
	for _, v := range grey {
		histogram[v]++
	}
	dark := percentile(histogram[:], 0.01)
	if dark > 40 {
		return -1, true // no rim: all of it is the field
	}
	lit := slices.Clone(histogram[:])
	clear(lit[:min(256, dark+6)])
	total := 0
	for _, n := range lit {
		total += n
	}
	if total*100 < len(grey) {
		return 0, false
	}
	return dark + max(3, (percentile(lit, 0.5)-dark)/3), true
}

// percentile gives the value below or at which the share of a histogram's entries lies.
func percentile(histogram []int, share float64) int {
	total := 0
	for _, n := range histogram {
		total += n
	}
	sum := 0
	for v, n := range histogram {
		if sum += n; float64(sum) >= share*float64(total) && sum > 0 {
			return v
		}
	}
	return 0
}

// extent gives the first and last place with more than a few lit pixels.
func extent(counts []int) (first, last int) {
	few := max(2, slices.Max(counts)/25)
	first, last = len(counts), -1
	for i, n := range counts {
		if n > few {
			first, last = min(first, i), i
		}
	}
	return first, last
}

// cornersLit counts the box's corners, a little inwards, that are lit: none of a disc, all of a square.
func cornersLit(grey []byte, width, limit int, box [4]int) (lit int) {
	dx, dy := (box[2]-box[0])/20, (box[3]-box[1])/20
	for _, x := range []int{box[0] + dx, box[2] - dx} {
		for _, y := range []int{box[1] + dy, box[3] - dy} {
			if int(grey[y*width+x]) > limit {
				lit++
			}
		}
	}
	return lit
}
