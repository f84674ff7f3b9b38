package camera

import "fmt"

// LumaStep gives the mean step of the quantiser that a JPEG's luma was encoded with, in units of its 64 coefficients: 1 at quality 100 of
// libjpeg's scale, 29 at 75, 193 at 15. It reads headers alone, up to the first scan; the error is as ScanHash's.
func LumaStep(jpeg []byte) (float64, error) {
	w := walker{data: jpeg, pos: 2}
	var means [4]float64
	for {
		marker, err := w.marker()
		if err != nil {
			return 0, damaged(err)
		}
		body, err := w.segment(marker)
		if err != nil {
			return 0, damaged(err)
		}
		switch {
		case marker == mDQT:
			if err := meanSteps(body, &means); err != nil {
				return 0, damaged(err)
			}
		case isFrame(marker):
			if w.frame, err = parseFrame(marker, body); err != nil {
				return 0, damaged(err)
			}
		case marker == mSOS:
			return lumaStep(w.frame, means)
		}
	}
}

func lumaStep(f frameHeader, means [4]float64) (float64, error) {
	if len(f.parts) == 0 || f.parts[0].quant > 3 || means[f.parts[0].quant] == 0 {
		return 0, damaged(fmt.Errorf("no quantisers of the luma"))
	}
	return means[f.parts[0].quant], nil
}

// meanSteps takes the mean of each table of a DQT segment (T.81 B.2.4.1).
func meanSteps(body []byte, means *[4]float64) error {
	for len(body) > 0 {
		width, id := 1+int(body[0]>>4), body[0]&15
		if width > 2 || id > 3 || len(body) < 1+64*width {
			return fmt.Errorf("bad quantisation table")
		}
		sum := 0
		for i := 1; i <= 64*width; i += width {
			step := int(body[i])
			if width == 2 {
				step = step<<8 | int(body[i+1])
			}
			sum += step
		}
		means[id] = float64(sum) / 64
		body = body[1+64*width:]
	}
	return nil
}
