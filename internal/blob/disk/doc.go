// Package disk keeps blobs as files of one folder.
//
// A blob is written to a temporary file, synced, and renamed to its place; the folder
// is synced too, so that a blob that was acknowledged is there after a power cut.
// Places are spread over 256 folders by a hash of the key. All access goes through
// an os.Root, so that no name, link or race can lead outside the folder.
//
// It may be used by the roof, which opens it; everybody else sees blob.Store.
package disk
