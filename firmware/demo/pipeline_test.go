//go:build opencv

package demo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gocv.io/x/gocv"
	"golang.org/x/sys/unix"
)

// pipeline is what a preview costs that decodes each frame and encodes it again, with OpenCV: it does so with the folder's
// frames, thirty a second, and prints the percent of a core that it used.
func pipeline(folder string) int {
	names, err := filepath.Glob(filepath.Join(folder, "*.jpg"))
	if err != nil || len(names) == 0 {
		return 1
	}
	frames := make([][]byte, len(names))
	for i, name := range names {
		if frames[i], err = os.ReadFile(name); err != nil {
			return 1
		}
	}
	const seconds = 3
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	began, before := time.Now(), used()
	for i := range 30 * seconds {
		<-tick.C
		if !transcode(frames[i%len(frames)]) {
			return 1
		}
	}
	fmt.Printf("%.3f\n", 100*(used()-before).Seconds()/time.Since(began).Seconds())
	return 0
}

func transcode(jpeg []byte) bool {
	picture, err := gocv.IMDecode(jpeg, gocv.IMReadColor)
	if err != nil {
		return false
	}
	defer picture.Close()
	encoded, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, picture, []int{gocv.IMWriteJpegQuality, 80})
	if err != nil {
		return false
	}
	encoded.Close()
	return true
}

// used gives this process's processor time.
func used() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
