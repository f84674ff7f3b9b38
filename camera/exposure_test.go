package camera_test

import (
	"bytes"
	"testing"

	"dermbox/camera"
)

func TestExposureRoundTrip(t *testing.T) {
	want := camera.Exposure{Seq: 18446744073709551615, Boottime: 123456789, Boot: "0e84b9a0-1111-4222-8333-444455556666"}
	jpeg := picture(16, 16, 1)
	got, ok := camera.ReadExposure(want.Insert(jpeg))
	if !ok || got != want {
		t.Fatalf("%+v %v", got, ok)
	}
	if _, ok := camera.ReadExposure(jpeg); ok {
		t.Fatal("a plain picture has an exposure")
	}
	if junk := []byte("junk"); !bytes.Equal(want.Insert(junk), junk) {
		t.Fatal("junk was changed")
	}
}

func TestReadExposureRefuses(t *testing.T) {
	for _, text := range []string{
		"", "dermbox-exposure/1 ", "dermbox-exposure/2 seq=1 boottime_ns=1 boot=b", "dermbox-exposure/1 seq=1 boottime_ns=1",
		"dermbox-exposure/1 seq=-1 boottime_ns=1 boot=b", "dermbox-exposure/1 seq=1 boottime_ns=0 boot=b",
		"dermbox-exposure/1 seq=1 boottime_ns=-5 boot=b", "dermbox-exposure/1 seq=1 boottime_ns=1 boot=",
		"dermbox-exposure/1 boottime_ns=1 seq=1 boot=b", "dermbox-exposure/1 seq=1 boottime_ns=1 boot=b x=1",
		"dermbox-exposure/1 seq=1 boottime_ns=99999999999999999999 boot=b",
	} {
		jpeg := append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, byte(len(text) + 2)}, text...)
		if e, ok := camera.ReadExposure(jpeg); ok {
			t.Errorf("%q was read as %+v", text, e)
		}
	}
	whole := camera.Exposure{Seq: 1, Boottime: 2, Boot: "b"}.Insert(picture(16, 16, 1))
	for n := range 40 {
		if e, ok := camera.ReadExposure(whole[:n]); ok {
			t.Errorf("%d bytes were read as %+v", n, e)
		}
	}
}
