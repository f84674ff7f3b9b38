package worker

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"strings"

	"golang.org/x/time/rate"
)

const (
	maxLine    = 2048 // bytes of one line that are logged
	linesASec  = 10   // lines that are logged when a library will not be quiet
	linesBurst = 100
)

// logLines writes what the child says on stderr to the log, a line at a time, cut at maxLine and held to a rate. It reads
// on to the end in any case, because a full pipe would block the child, and gives what it said of its end.
func logLines(r io.Reader, log *slog.Logger) (said lastWords) {
	in := bufio.NewReaderSize(r, maxLine)
	limit := rate.NewLimiter(linesASec, linesBurst)
	skipped := 0
	for {
		line, err := in.ReadSlice('\n')
		text := strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "?")
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		said.hear(text)
		switch {
		case text == "":
		case limit.Allow():
			log.Info("worker stderr", slog.String("line", text), slog.Int("skipped", skipped))
			skipped = 0
		default:
			skipped++
		}
		if err != nil {
			if skipped > 0 {
				log.Warn("worker stderr lines skipped", slog.Int("skipped", skipped))
			}
			return said
		}
	}
}
