package evaluate_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/inference/evaluate"
)

func source(raw string) evaluate.Source {
	return evaluate.Source{Name: "l.csv", Raw: []byte(raw), Labels: []string{"nv", "mel"}}
}

func TestReadList(t *testing.T) {
	l, err := evaluate.ReadList(source("\ufeffpath, dx ,ward,image_id,age,sex,skin_type\r\na/b.jpg,nv,7,one,55.0,F,3\r\nc.jpg,mel,\"x,\ny\",two,,male,vi\r\n,,,,,,\r\nd.jpg,nv,,three,abc,x,9\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := l.Rows
	if r[0].Line != 2 || r[0].Years != 55 || r[0].Age != "45-59" || r[0].Sex != "female" || r[0].SkinType != "III" || r[0].Truth != "nv" ||
		r[1].Line != 3 || r[1].Years != -1 || r[1].SkinType != "VI" || r[2].Line != 6 || r[2].Sex != "other" || r[2].SkinType != evaluate.Unknown {
		t.Errorf("%+v", r)
	}
	if len(l.Blanked) != 2 || l.Blanked[0].Field != "age" || l.Blanked[0].Value != "abc" || l.Blanked[1].Field != "skin_type" || len(l.Columns) != 3 || l.Total != 3 {
		t.Errorf("%+v", l)
	}
}

func TestRowsThatAreLeftOut(t *testing.T) {
	raw := "image_id,path,dx\n" +
		"a,a.jpg,nv\n" + // 2: stays
		"b,b.jpg,bcc\n" + // 3
		"c,../c.jpg,nv\n" + // 4
		"d,/etc/passwd,nv\n" + // 5
		"e,,nv\n" + // 6
		"f,f.jpg\n" + // 7
		"a,g.jpg,nv\n" + // 8: the name again
		"h,./a.jpg,nv\n" + // 9: the file again
		"i,i.jpg,nv\n" + // 10: argued
		"i,j.jpg,mel\n" + // 11: argued
		"k,\"a\x1b[31m\\b.jpg\",mel\n" // 12
	l, err := evaluate.ReadList(source(raw))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range l.LeftOut {
		got = append(got, fmt.Sprint(o.Line, " ", o.Reason, " ", o.Field))
		if o.Sentence == "" || strings.ContainsAny(o.Sentence, "{}\x1b") || strings.HasPrefix(o.Sentence, "[") {
			t.Errorf("%q", o.Sentence)
		}
	}
	want := "3 unknown_dx dx|4 outside path|5 outside path|6 empty path|7 short line|8 duplicate image_id|9 duplicate path|10 duplicate image_id|11 duplicate image_id|12 outside path"
	if s := strings.Join(got, "|"); s != want || len(l.Rows) != 1 || l.Rows[0].ID != "a" || l.Total != 11 {
		t.Errorf("%s, %+v", s, l.Rows)
	}
}

func TestListsThatAreRefused(t *testing.T) {
	for name, tt := range map[string]struct{ raw, split, says string }{
		"empty":           {"", "", "l.csv is empty"},
		"only a mark":     {"\ufeff\r\n", "", "l.csv is empty"},
		"no text":         {"image_id,path,dx\na,\xff.jpg,nv\n", "", "l.csv, line 2, is no UTF-8 text"},
		"UTF-16":          {"i\x00m\x00", "", "line 1, is no UTF-8"},
		"quotes":          {"image_id,path,dx\na,\"b.jpg,nv\n", "", "l.csv, line 2, cannot be read as CSV"},
		"no dx":           {"image_id,path,label\na,a.jpg,nv\n", "", `no column "dx". Its columns: image_id, path, label`},
		"semicolons":      {"image_id;path;dx\na;a.jpg;nv\n", "", `no column "image_id"`},
		"twice":           {"image_id,path,dx,dx\n", "", `"dx" twice`},
		"no rows":         {"image_id,path,dx\n", "", "no pictures"},
		"no split column": {"image_id,path,dx\na,a.jpg,nv\n", "val", `no column "split"`},
		"no such split":   {"image_id,path,dx,split\na,a.jpg,nv,train\nb,b.jpg,nv,test\n", "val", `split is "val". The values there: "test", "train"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(tt.raw)
			s.Split = tt.split
			_, err := evaluate.ReadList(s)
			if appliance.CodeOf(err) != appliance.Invalid || !strings.Contains(text.Error(err), tt.says) {
				t.Errorf("%q, %v", text.Error(err), err)
			}
		})
	}
}

func TestSplitChooses(t *testing.T) {
	s := source("image_id,path,dx,split\na,a.jpg,nv,train\nb,b.jpg,nv,val\na,a.jpg,nv,val\n")
	s.Split = "val"
	l, err := evaluate.ReadList(s)
	if err != nil || l.Total != 2 || len(l.Rows) != 2 || len(l.LeftOut) != 0 { // a is of the other split too, which is no matter here
		t.Errorf("%+v, %v", l, err)
	}
}

// Whatever the bytes, no row leads out of the folder, no row counts twice, and every row of the list is either judged or listed.
func FuzzReadList(f *testing.F) {
	f.Add([]byte("image_id,path,dx,age,sex,skin_type,split\r\na,a.jpg,nv,50,f,II,val\r\n"), "val")
	f.Add([]byte("\ufeffpath,dx,image_id\n../a.jpg,mel,b\n\"a\"\"b.jpg\",nv,c\n"), "")
	f.Add([]byte("image_id,path,dx\na\n"), "")
	f.Fuzz(func(t *testing.T, raw []byte, split string) {
		l, err := evaluate.ReadList(evaluate.Source{Name: "l", Raw: raw, Split: split, Labels: []string{"nv", "mel"}})
		if err != nil {
			if e := text.Error(err); strings.Contains(e, "inside dermbox") {
				t.Errorf("%v", err)
			}
			return
		}
		ids := map[string]bool{}
		for _, r := range l.Rows {
			if !filepath.IsLocal(r.Path) || ids[r.ID] || r.Truth != "nv" && r.Truth != "mel" {
				t.Errorf("%+v", r)
			}
			ids[r.ID] = true
		}
		if len(l.Rows)+len(l.LeftOut) != l.Total {
			t.Errorf("%d and %d of %d", len(l.Rows), len(l.LeftOut), l.Total)
		}
	})
}
