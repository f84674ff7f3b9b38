package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// Demo is a demo trust and a demo clinic with the programs that run for them. Its methods are for one goroutine.
type Demo struct {
	Options
	print   *Printer
	random  *rand.Rand
	hub     *Process
	scope   *Process
	box     *Process
	locks   []*os.File
	visited *Visit // the last visit, whose browser is signed in
}

// StepError says which step of the line failed, and why.
type StepError struct {
	Step string
	Err  error
}

// Error gives the step and the reason as a person reads it.
func (e *StepError) Error() string { return e.Step + ": " + Sentence(e.Err) }

// Unwrap gives the reason.
func (e *StepError) Unwrap() error { return e.Err }

// StopError says that a program did not stop when it was asked to: it may be left running, or was ended.
type StopError struct{ Err error }

// Error gives the reason.
func (e *StopError) Error() string { return Sentence(e.Err) }

// Unwrap gives the reason.
func (e *StopError) Unwrap() error { return e.Err }

// Sentence gives an error as a person reads it: the catalogue's sentence where it has one, else what it says of itself. The
// demonstration's errors hold no one's data but those of the patients that it invented.
func Sentence(err error) string {
	if e, ok := errors.AsType[*appliance.Error](err); ok && text.Has(e.Key) {
		return text.Error(e)
	}
	return err.Error()
}

// New checks the options and makes the var folder. Nothing is started yet.
func New(o Options) (*Demo, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	for _, dir := range []string{o.logs(), o.boxData()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	now := uint64(time.Now().UnixNano())
	return &Demo{Options: o, print: NewPrinter(o.Out), random: rand.New(rand.NewPCG(now, uint64(os.Getpid())))}, nil
}

// hold makes this process the only one that plays a part ("box" or "hub") in the var folder; false: another one does.
func (d *Demo) hold(part string) (bool, error) {
	f, err := os.OpenFile(filepath.Join(d.Var, part+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return false, errors.Join(ignore(err, unix.EWOULDBLOCK), f.Close())
	}
	d.locks = append(d.locks, f)
	return true, nil
}

// release lets another process play the part.
func (d *Demo) release(part string) error {
	i := slices.IndexFunc(d.locks, func(f *os.File) bool { return filepath.Base(f.Name()) == part+".lock" })
	if i < 0 {
		return nil
	}
	f := d.locks[i]
	d.locks = slices.Delete(d.locks, i, i+1)
	return f.Close()
}

// Close stops what runs, in reverse order of its start, and waits for it. Its error is a *StopError.
func (d *Demo) Close() error {
	var errs []error
	for _, p := range []**Process{&d.box, &d.scope, &d.hub} {
		if *p != nil {
			errs = append(errs, (*p).Stop())
			*p = nil
		}
	}
	for _, f := range d.locks {
		errs = append(errs, f.Close())
	}
	d.locks = nil
	if err := errors.Join(errs...); err != nil {
		return &StopError{err}
	}
	return nil
}

// Setup makes trust and clinic where they are missing, starts the hub and enrols the box.
func (d *Demo) Setup(ctx context.Context) error {
	if held, err := d.hold("box"); err != nil {
		return err
	} else if !held {
		return appliance.E(appliance.Conflict, "demo.running", nil, "path", d.Var)
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"ports", d.checkPorts}, {"hub", d.checkHubPlace}, {"trust", d.MakeTrust}, {"clinic", d.makeClinic}, {"hub", d.StartHub}, {"enrolment", d.enrol}} {
		if err := step.do(ctx); err != nil {
			return &StepError{step.name, err}
		}
	}
	return nil
}

func (d *Demo) checkPorts(context.Context) error {
	return errors.Join(requireFree(d.Ports.Kiosk, "kiosk", "KIOSK_PORT"), requireFree(d.Ports.Scope, "scope", "SCOPE_PORT"))
}

// StartScope starts the simulated dermatoscope, with a subject by chance unless one was asked for.
func (d *Demo) StartScope(ctx context.Context) error {
	subject := d.Subject
	if subject == "" {
		kinds := []string{"nv", "mel", "sk"}
		subject = fmt.Sprintf("%s,%d,%d", kinds[d.random.IntN(len(kinds))], 1+d.random.IntN(3), 300000+d.random.IntN(100000))
	}
	args := []string{"scope", "--listen", address(d.Ports.Scope), "--subject", subject}
	if d.Images != "" {
		args = append(args, "--images", d.Images)
	}
	var err error
	if d.scope, err = StartProcess(d.logs(), "scope", d.bin("dermbox-imaging"), nil, args...); err != nil {
		return err
	}
	return d.scope.WaitReady(ctx, 20*time.Second, dials(d.Ports.Scope))
}

// StartBox starts the daemon and waits until its camera, its judge and its model are ready. The error holds the sentence of
// what is not.
func (d *Demo) StartBox(ctx context.Context) error { return d.StartBoxWithout(ctx, "") }

// StartBoxWithout starts the daemon like StartBox, but does not wait for the part of one health check.
func (d *Demo) StartBoxWithout(ctx context.Context, check string) error {
	var err error
	if d.box, err = StartProcess(d.logs(), "dermboxd", d.bin("dermboxd"), nil, "--config", d.boxConfig()); err != nil {
		return err
	}
	return d.box.WaitReady(ctx, 40*time.Second, func(ctx context.Context) error { return d.ready(ctx, check) })
}

// StopBox stops the daemon in good order.
func (d *Demo) StopBox() error {
	if d.box == nil {
		return nil
	}
	err := d.box.Stop()
	d.box = nil
	return err
}

// KillBox ends the daemon at once, as a power cut would. Its workers see their pipes end.
func (d *Demo) KillBox() {
	if d.box != nil {
		d.box.Kill()
		d.box = nil
	}
}

// StopScope takes the simulated dermatoscope away, as if it had been unplugged.
func (d *Demo) StopScope() error {
	if d.scope == nil {
		return nil
	}
	err := d.scope.Stop()
	d.scope = nil
	return err
}

// BoxPid gives the daemon's process id.
func (d *Demo) BoxPid() int { return d.box.Pid() }

// KioskURL is where the daemon's pages are.
func (d *Demo) KioskURL() string { return "http://" + address(d.Ports.Kiosk) }

// ScopeURL is where the simulated dermatoscope takes commands.
func (d *Demo) ScopeURL() string { return "http://" + address(d.Ports.Scope) }

// ignore gives nil for the one error that is expected.
func ignore(err, expected error) error {
	if errors.Is(err, expected) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
