// Package shelf keeps the model packs of a box: a folder of signed files, each verified when it is put there and again whenever it
// is opened. Which of them judges is not the shelf's to know.
package shelf
