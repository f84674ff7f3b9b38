package camera

import (
	"bytes"
	"log/slog"
	"os"
	"testing"

	"dermbox/appliance/worker"
	"dermbox/camera/usb"
)

// After damage was found the preview is decoded for a spell: damage that its walk does not see is shown, a whole frame ends it,
// and so many whole frames end the spell.
func TestSpellAfterDamage(t *testing.T) {
	var whole [2][]byte
	for i, name := range []string{"testdata/restarts-0.jpg", "testdata/restarts-1.jpg"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		whole[i] = data
	}
	at := len(whole[1]) - 4
	for at > 0 && (whole[1][at] == 0xff || whole[1][at-1] == 0xff || whole[1][at+1] == 0xff) {
		at--
	}
	rot := append(bytes.Clone(whole[1][:at]), whole[1][at+1:]...)
	if _, _, _, err := ScanHash(rot); err != nil || CheckScan(rot) == nil {
		t.Fatalf("%v: the test proves nothing", err)
	}
	c, err := NewClient(ClientOptions{Source: Source{USB: usb.Binding{Vendor: "0c45", Product: "6366"}}, Log: slog.New(slog.DiscardHandler), Clock: still{}})
	if err != nil {
		t.Fatal(err)
	}
	p := &worker.Process{}
	c.current, c.opened = p, &Opened{}
	c.suspect()
	for range tolerated + 1 {
		c.frame(p, FrameHeader{}, rot)
	}
	if c.State().Key != StateDamaged {
		t.Errorf("state is %s", c.State().Key)
	}
	c.frame(p, FrameHeader{}, whole[0])
	if !c.State().Ready() {
		t.Errorf("state is %s after a whole frame", c.State().Key)
	}
	for range spell - 1 {
		if !c.closely() {
			t.Fatal("the spell is too short")
		}
		c.frame(p, FrameHeader{}, whole[1])
	}
	if c.closely() {
		t.Error("the spell does not end")
	}
}
