// Command files measures what files cost: large ones against cp and nginx on the same
// disk, small ones against nginx, and thumbnails. All take their turn in each round,
// and the median of the rounds is printed as Markdown.
//
// The main figure is CPU time of the server's processes; throughput stands beside it,
// with the client on the same cores. nginx keeps a file without a sync, a row or a
// policy, so it is a floor rather than a rival.
//
//	scripts/bench-files            needs Debian's nginx, which the script installs
package main
