// Package s3 keeps blobs in a bucket of an S3 service: AWS, R2, Ceph, MinIO, Garage,
// or Google's storage by interoperability.
//
// A put of known size passes through: the client's bytes go to the service as they
// come, in one request or, from partSize on, in the parts of a multipart upload. The
// wire wants to know a part's length first, so a put of unknown size is gathered part
// by part in a file of the spool folder that has no name, and so is gone when the
// process is. No more than a buffer of any blob is in memory.
//
// A join is made by the service where a part of the result lies in one source, and
// flows through this process where it does not. All parts but the last have one size,
// since some services insist on it.
//
// It may be used by the roof, which opens it; everybody else sees blob.Store.
package s3
