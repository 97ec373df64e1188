// Package report turns the benchmark's samples into a Markdown table for each
// workload, with medians, spreads and ratios within one round, and into SVG plots.
package report
