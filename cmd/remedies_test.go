package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dermbox/appliance/text"
)

// mention is how a sentence names a command: the program, and the words after it.
var mention = regexp.MustCompile(`\b(dermboxctl|dermhub|make)((?: [a-z][a-z0-9-]*)+)`)

// prose are words that follow a program's name in a sentence that speaks of the program, or of making something.
var prose = []string{"a", "and", "another", "is", "of", "receives", "room", "serves", "the"}

// TestRemediesCanBeFollowed looks up each command and make target that a sentence tells people to use. A remedy that does not
// exist is worse than none.
func TestRemediesCanBeFollowed(t *testing.T) {
	bin := os.Getenv("DERMBOX_BIN")
	if bin == "" {
		t.Skip("DERMBOX_BIN does not name the built programs; make test does")
	}
	there := lookUp(t, bin)
	mentions := 0
	for _, key := range text.Keys() {
		for _, m := range mention.FindAllStringSubmatch(text.T(key, nil), -1) {
			words := strings.Fields(m[2])
			if slices.Contains(prose, words[0]) {
				continue
			}
			mentions++
			if why := there(m[1], words); why != "" {
				t.Errorf("%s: %s", key, why)
			}
		}
	}
	if mentions < 20 {
		t.Errorf("the sentences name %d commands: the test does not see them", mentions)
	}
	for _, gone := range []string{"dermboxctl doctor", "dermboxctl case burn", "dermhub alarm ring", "make coffee"} {
		words := strings.Fields(gone)
		if there(words[0], words[1:]) == "" {
			t.Errorf("%s was found: the test cannot fail", gone)
		}
	}
}

// lookUp gives a function that says why a command does not exist, "" if it does. Words after a whole command are prose.
func lookUp(t *testing.T, bin string) func(program string, words []string) string {
	t.Helper()
	makefile, err := os.ReadFile(filepath.Join("..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	helps := map[string]string{}
	commands := func(program string, words []string) string { // what its help lists, "" for a command without others below it
		line := strings.Join(append([]string{program}, words...), " ")
		if _, known := helps[line]; !known {
			out, err := exec.Command(filepath.Join(bin, program), slices.Concat(words, []string{"--help"})...).Output()
			if err != nil {
				t.Fatalf("%s --help: %v", line, err)
			}
			_, helps[line], _ = strings.Cut(string(out), "\nAvailable Commands:\n")
		}
		return helps[line]
	}
	return func(program string, words []string) string {
		if program == "make" {
			if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(words[0]) + `:`).Match(makefile) {
				return "the Makefile has no target " + words[0]
			}
			return ""
		}
		for n := range words {
			listed := commands(program, words[:n])
			if listed == "" {
				return ""
			}
			if !strings.Contains(listed, "\n  "+words[n]+" ") && !strings.HasPrefix(listed, "  "+words[n]+" ") {
				return fmt.Sprintf("there is no command %q", program+" "+strings.Join(words[:n+1], " "))
			}
		}
		return ""
	}
}
