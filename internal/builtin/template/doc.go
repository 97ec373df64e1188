// Package template is to_char, to_date, to_timestamp and to_number: the patterns that
// Postgres took over from Oracle. It covers the patterns for numbers, dates, times and
// intervals that people write; RN, EEEE and V are refused with 0A000. Everything here is
// pure.
package template
