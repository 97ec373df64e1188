// Package password hashes and judges passwords. New hashes are argon2id; bcrypt,
// argon2i and Firebase's scrypt are read, so that people who move here keep their
// passwords, and Verify says when a hash should be made anew.
//
// Each hash takes megabytes and milliseconds of a core, so a Hasher lets a bounded
// number run, and a bounded number wait, in processes of their own where it is told how
// to start one. An account that does not exist takes as long as one that does.
//
// A Policy gives GoTrue's reasons for a refusal: length, characters, and pwned, which a
// folder of k-anonymity range files answers without asking anybody. All is safe for
// concurrent use.
package password
