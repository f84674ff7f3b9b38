package appliance

import (
	"fmt"
	"time"
)

// Date is a calendar date without a time or a zone, in the form 2006-01-02; the empty Date is "not known".
type Date string

// NewDate checks year, month and day as typed in three boxes and gives the Date. Field names the form field in the error.
func NewDate(field string, year, month, day int) (Date, error) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 1880 || year > 2200 || t.Day() != day || int(t.Month()) != month {
		return "", FieldError(field, "error.date.impossible")
	}
	return Date(t.Format(time.DateOnly)), nil
}

// Time gives midnight UTC of the date; the error is *Error Invalid when the Date is not of the form 2006-01-02.
func (d Date) Time() (time.Time, error) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}, FieldError("date", "error.date.impossible")
	}
	return t, nil
}

// AgeAt gives the age in whole years on the day of now, and false when the date is not known or lies after now.
func (d Date) AgeAt(now time.Time) (int, bool) {
	born, err := d.Time()
	if err != nil || born.After(now) {
		return 0, false
	}
	years := now.Year() - born.Year()
	if now.Month() < born.Month() || now.Month() == born.Month() && now.Day() < born.Day() {
		years--
	}
	return years, true
}

// Display gives the date as the NHS CUI writes it: 14-Jul-1951, and "Not Known" for an unknown one (PAB-0019).
func (d Date) Display() string {
	t, err := d.Time()
	if err != nil {
		return "Not Known"
	}
	return fmt.Sprintf("%02d-%s-%d", t.Day(), t.Format("Jan"), t.Year())
}
