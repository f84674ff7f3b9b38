package pack

// ReadGolden is the reader of a pack's known answers, for the tests of hostile ones.
var ReadGolden = readGolden
