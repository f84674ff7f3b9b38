package main

import (
	"context"
	"os"
)

// version is set by the linker; see the Makefile.
var version = "development"

func main() { os.Exit(run(context.Background(), os.Args[1:])) }
