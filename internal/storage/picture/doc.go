// Package picture makes smaller pictures of pictures: JPEG, PNG, GIF and WebP in,
// JPEG, PNG and WebP out.
//
// A picture is measured before it is decoded: Probe reads the header alone, and
// whoever calls refuses what would take more memory than a picture may. The package
// is pure; where the bytes come from is not its business.
package picture
