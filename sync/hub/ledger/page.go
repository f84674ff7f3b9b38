package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"dermbox/appliance"
)

// CasePage is one page of the list of a trust's cases.
type CasePage struct {
	Cases []CaseRow
	Next  string // cursor of the following page, "" at the end
	Total int    // cases on all pages
}

// Cases lists the trust's newest cases, the most urgent first; at most limit of them.
func (l *Ledger) Cases(ctx context.Context, trust string, limit int) ([]CaseRow, error) {
	page, err := l.CasePage(ctx, trust, "", limit)
	return page.Cases, err
}

// CasePage gives the page of that list which follows a cursor, the first for ""; at most limit cases. What arrives meanwhile
// moves no case from page to page. A cursor that is none is NotFound.
func (l *Ledger) CasePage(ctx context.Context, trust, after string, limit int) (CasePage, error) {
	where, args := "", []any{trust}
	if after != "" {
		urgency, row, ok := cursor(after)
		if !ok {
			return CasePage{}, appliance.E(appliance.NotFound, "hub.list.no_page", nil)
		}
		where, args = " AND (c.urgency, c.id) < (?, ?)", append(args, urgency, row)
	}
	var p CasePage
	err := l.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM cases WHERE trust = ?`, trust).Scan(&p.Total)
	if err != nil {
		return p, mapped("count the cases", err)
	}
	p.Cases, err = l.cases(ctx, `SELECT `+caseColumns+caseTables+`WHERE c.trust = ?`+where+` ORDER BY c.urgency DESC, c.id DESC LIMIT ?`,
		append(args, limit+1)...)
	if err == nil && len(p.Cases) > limit {
		p.Cases = p.Cases[:limit]
		if limit > 0 {
			last := p.Cases[limit-1]
			p.Next = fmt.Sprintf("%d.%d", last.urgency, last.row)
		}
	}
	return p, err
}

// cursor reads what CasePage wrote: the place of a page's last case in the order of the list.
func cursor(s string) (urgency, row int64, ok bool) {
	one, two, _ := strings.Cut(s, ".")
	urgency, err := strconv.ParseInt(one, 10, 32)
	if err != nil {
		return 0, 0, false
	}
	row, err = strconv.ParseInt(two, 10, 64)
	return urgency, row, err == nil
}
