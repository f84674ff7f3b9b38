package main

import (
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

func prepareCommand() *cobra.Command {
	var images, manifest, optics, out string
	c := &cobra.Command{
		Use:   "prepare --images DIR --manifest FILE --optics ID --out FILE.npy",
		Short: "Make a training set's inputs with the appliance's own preparation",
		Long: `Make a training set's inputs with the appliance's own preparation: decode, crop, resize. docs/models.md, section 1, says how.

labels.csv in the folder of the pictures has a heading and then lines of path,label,tone. Rows of the result are in its order.`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command) error {
			m, err := readManifest(manifest)
			if err != nil {
				return err
			}
			o, ok := m.OpticsFor(appliance.OpticsID(optics))
			if !ok {
				return appliance.FieldError("optics", "inference.no_optics", "optics", optics, "model", m.ID, "known", opticsOf(m))
			}
			set, err := readLabels(images)
			if err != nil {
				return err
			}
			return prepare(cmd.Context(), set, m.Input, o.FieldFraction, out, cmd.ErrOrStderr())
		}),
	}
	c.Flags().StringVar(&images, "images", "", "folder with labels.csv and JPEGs")
	c.Flags().StringVar(&manifest, "manifest", "", "manifest that says what the input is")
	c.Flags().StringVar(&optics, "optics", string(appliance.OpticsSimulatedScope), "optics that the pictures come from")
	c.Flags().StringVar(&out, "out", "", "file for the pictures, uint8 [N, height, width, 3], in the order of labels.csv")
	require(c, "images", "manifest", "out")
	return c
}

func opticsOf(m *pack.Manifest) string {
	names := make([]string, len(m.Optics))
	for i, o := range m.Optics {
		names[i] = string(o.ID)
	}
	return strings.Join(names, ", ")
}

// readManifest reads a manifest that may be unfinished: only its input is checked.
func readManifest(path string) (*pack.Manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, appliance.E(appliance.NotFound, "pack.member_missing", err, "member", filepath.Base(path))
	}
	return pack.ParseDraft(text)
}

// prepare writes all pictures, cropped and scaled, rounded to bytes.
func prepare(ctx context.Context, set []labelled, spec preprocess.Spec, fraction float64, out string, progress io.Writer) error {
	size := spec.Size()
	all := make([]byte, len(set)*size)
	err := each(ctx, len(set), func(i int) error {
		picture, err := scaled(set[i].path, spec, fraction)
		if err != nil {
			return err
		}
		copy(all[i*size:], preprocess.Bytes(picture))
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "%d pictures prepared\n", len(set))
	return os.WriteFile(out, append(npyHeader(len(set), spec.Height, spec.Width, 3), all...), 0o644)
}

func scaled(path string, spec preprocess.Spec, fraction float64) ([]uint32, error) {
	rgb, w, h, err := decode(path)
	if err != nil {
		return nil, err
	}
	return spec.Picture(rgb, w, h, preprocess.Field(w, h, image.Rectangle{}, fraction))
}

// each calls f for 0 to n-1 on all processors and stops at the first error.
func each(ctx context.Context, n int, f func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := f(int(i)); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// npyHeader gives the head of a NumPy file of bytes (format 1.0): the text is padded so that the data is aligned to 64.
func npyHeader(n, h, w, c int) []byte {
	text := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, %d, %d), }", n, h, w, c)
	const prefix = 10
	for (prefix+len(text)+1)%64 != 0 {
		text += " "
	}
	text += "\n"
	return append([]byte{0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, byte(len(text)), byte(len(text) >> 8)}, text...)
}
