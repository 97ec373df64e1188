package storage

import (
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/wire"
)

// Routes is the room's whole surface.
func (s *Service) Routes() []wire.Route {
	routes := []wire.Route{
		{Pattern: "GET /status", Handler: health, Open: true, Doc: "the room answers"},
		{Pattern: "GET /health", Handler: health, Open: true, Doc: "the room answers"},
		{Pattern: "GET /version", Handler: version, Open: true, Doc: "the version of the wire"},

		{Pattern: "GET /bucket", Handler: s.listBuckets, Doc: "buckets that the caller may see; limit, offset, search, sortColumn, sortOrder"},
		{Pattern: "GET /bucket/{$}", Handler: s.listBuckets, Doc: "the same"},
		{Pattern: "POST /bucket", Handler: s.createBucket, Doc: "make a bucket"},
		{Pattern: "POST /bucket/{$}", Handler: s.createBucket, Doc: "the same"},
		{Pattern: "GET /bucket/{bucket}", Handler: s.getBucket, Doc: "one bucket"},
		{Pattern: "PUT /bucket/{bucket}", Handler: s.updateBucket, Doc: "change a bucket's limits or publicity"},
		{Pattern: "DELETE /bucket/{bucket}", Handler: s.deleteBucket, Doc: "remove an empty bucket"},
		{Pattern: "POST /bucket/{bucket}/empty", Handler: s.emptyBucket, Doc: "remove a bucket's objects"},

		{Pattern: "POST /object/{bucket}/{path...}", Handler: s.upload, Doc: "upload, multipart or raw; x-upsert"},
		{Pattern: "PUT /object/{bucket}/{path...}", Handler: s.replace, Doc: "upload over what is there"},
		{Pattern: "GET /object/{bucket}/{path...}", Handler: s.download, Doc: "download as the caller, or from a public bucket"},
		{Pattern: "GET /object/authenticated/{bucket}/{path...}", Handler: s.downloadAuthenticated, Doc: "download as the caller"},
		{Pattern: "GET /object/public/{bucket}/{path...}", Handler: s.downloadPublic, Open: true, Doc: "download from a public bucket"},
		{Pattern: "GET /object/sign/{bucket}/{path...}", Handler: s.downloadSigned, Open: true, Doc: "download by a signed URL"},
		{Pattern: "GET /object/info/{bucket}/{path...}", Handler: s.info, Doc: "what is known of an object"},
		{Pattern: "GET /object/info/authenticated/{bucket}/{path...}", Handler: s.info, Doc: "the same"},
		{Pattern: "GET /object/info/public/{bucket}/{path...}", Handler: s.infoPublic, Open: true, Doc: "the same, of a public bucket"},
		{Pattern: "DELETE /object/{bucket}/{path...}", Handler: s.deleteObject, Doc: "delete one object"},
		{Pattern: "DELETE /object/{bucket}", Handler: s.deleteObjects, Doc: "delete the objects named in prefixes"},
		{Pattern: "POST /object/list/{bucket}", Handler: s.list, Doc: "a folder's files and folders"},
		{Pattern: "POST /object/list-v2/{bucket}", Handler: s.listV2, Doc: "objects by prefix, with a cursor"},
		{Pattern: "POST /object/move", Handler: s.move, Doc: "give an object another name or bucket"},
		{Pattern: "POST /object/copy", Handler: s.copy, Doc: "copy an object"},
		{Pattern: "POST /object/sign/{bucket}/{path...}", Handler: s.sign, Doc: "sign a URL for downloading"},
		{Pattern: "POST /object/sign/{bucket}", Handler: s.signMany, Doc: "sign many URLs"},
		{Pattern: "POST /object/upload/sign/{bucket}/{path...}", Handler: s.signUpload, Doc: "sign a URL for uploading"},
		{Pattern: "PUT /object/upload/sign/{bucket}/{path...}", Handler: s.uploadSigned, Open: true, Doc: "upload by a signed URL"},
		{Pattern: "GET /object/{bucket}", Handler: invalidKey, Doc: "an object has a name"},
		{Pattern: "POST /object/{bucket}", Handler: invalidKey, Doc: "an object has a name"},

		{Pattern: "GET /render/image/public/{bucket}/{path...}", Handler: s.renderPublic, Open: true, Doc: "a smaller picture from a public bucket"},
		{Pattern: "GET /render/image/authenticated/{bucket}/{path...}", Handler: s.renderAuthenticated, Doc: "a smaller picture as the caller"},
		{Pattern: "GET /render/image/sign/{bucket}/{path...}", Handler: s.renderSigned, Open: true, Doc: "a smaller picture by a signed URL"},

		{Pattern: "DELETE /cdn/{bucket}", Handler: s.purgeBucket, Doc: "forget the rendered pictures of a bucket"},
		{Pattern: "DELETE /cdn/{bucket}/{path...}", Handler: s.purgeObject, Doc: "forget the rendered pictures of an object"},

		{Pattern: crooked, Handler: invalidKey, Open: true, Doc: "paths that are not in their plain form"},
		{Pattern: "/", Handler: notFound, Open: true, Doc: "everything else"},
	}
	return append(routes, s.resumableRoutes()...)
}

// crooked is where plainPaths sends what it refuses.
const crooked = "/crooked-path"

// plainPaths refuses paths with empty, "." or ".." segments. The mux would answer
// them with a redirect to another path, and nobody's file has such a name.
func plainPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../") {
			r = r.Clone(r.Context())
			r.URL.Path, r.URL.RawPath = crooked, ""
		}
		next.ServeHTTP(w, r)
	})
}

func invalidKey(_ http.ResponseWriter, r *http.Request) error { return errKey(r.PathValue("path")) }

func notFound(http.ResponseWriter, *http.Request) error { return errNoRoute }

func health(w http.ResponseWriter, _ *http.Request) error {
	return wire.WriteJSON(w, http.StatusOK, map[string]bool{"healthy": true})
}

func version(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("1"))
	return nil
}

func message(text string) map[string]string { return map[string]string{"message": text} }
