package vault

// SealWith is seal, for the standard's vector.
var SealWith = seal
