package builtin

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnEncode returns quoting, encodings and plain hashes.
func fnEncode() []*Func {
	one := sig(tText)
	return []*Func{
		{Name: "quote_ident", Args: one, Ret: tText, Eval: textText(quoteIdent)},
		{Name: "quote_literal", Args: one, Ret: tText, Eval: textText(quoteLiteral)},
		{Name: "quote_literal", Args: sig(tElem), Ret: tText, Volatility: Stable, Eval: quoteAny},
		{Name: "quote_nullable", Args: one, Ret: tText, NotStrict: true, Eval: quoteNullable},
		{Name: "quote_nullable", Args: sig(tElem), Ret: tText, NotStrict: true, Volatility: Stable, Eval: quoteNullable},
		{Name: "md5", Args: one, Ret: tText, Eval: textText(md5Hex)},
		{Name: "md5", Args: sig(tBytea), Ret: tText, Eval: textText(md5Hex)},
		{Name: "encode", Args: sig(tBytea, tText), Ret: tText, Raises: true, Eval: textsTextE(encode)},
		{Name: "decode", Args: sig(tText, tText), Ret: tBytea, Raises: true, Eval: textsTextE(decode)},
		{Name: "convert_from", Args: sig(tBytea, tName), Ret: tText, Raises: true, Eval: textsTextE(convert)},
		{Name: "convert_to", Args: sig(tText, tName), Ret: tBytea, Raises: true, Eval: textsTextE(convert)},
		{Name: "to_hex", Args: sig(tInt4), Ret: tText, Eval: toHex(32)},
		{Name: "to_hex", Args: sig(tInt8), Ret: tText, Eval: toHex(64)},
		{Name: "get_byte", Args: sig(tBytea, tInt4), Ret: tInt4, Raises: true, Eval: getByte},
		{Schema: "extensions", Name: "unaccent", Args: one, Ret: tText, Eval: textText(unaccent)},
	}
}

func md5Hex(s string) string {
	h := md5.Sum([]byte(s))
	return hex.EncodeToString(h[:])
}

// quoteIdent quotes a name unless it reads as itself bare.
func quoteIdent(s string) string {
	plain := s != "" && (s[0] < '0' || s[0] > '9')
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c == '_' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
	}
	if plain && !strings.Contains(reservedWords, " "+s+" ") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// reservedWords are the keywords that quote_ident quotes: all but the unreserved ones.
const reservedWords = " all analyse analyze and any array as asc asymmetric authorization between bigint binary bit " +
	"boolean both case cast char character check coalesce collate collation column concurrently constraint create " +
	"cross current_catalog current_date current_role current_schema current_time current_timestamp current_user dec " +
	"decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign freeze " +
	"from full grant greatest group grouping having ilike in initially inner inout int integer intersect interval " +
	"into is isnull join lateral leading least left like limit localtime localtimestamp national natural nchar none " +
	"normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position " +
	"precision primary real references returning right row select session_user setof similar smallint some substring " +
	"symmetric table tablesample then time timestamp to trailing treat trim true union unique user using values " +
	"varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest " +
	"xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable "

func quoteLiteral(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.ContainsRune(q, '\\') {
		return "E" + strings.ReplaceAll(q, `\`, `\\`)
	}
	return q
}

func quoteAny(c *Call, a []value.Value) (value.Value, error) {
	return value.Str(quoteLiteral(castText(c, c.arg(0), a[0]))), nil
}

// castText is v::text.
func castText(c *Call, t *value.Type, v value.Value) string {
	s, err := value.Cast(t, tText, v, value.Explicit, c.env())
	if err != nil {
		return out(c, t, v)
	}
	return s.S
}

func quoteNullable(c *Call, a []value.Value) (value.Value, error) {
	if a[0].IsNull() {
		return value.Str("NULL"), nil
	}
	return quoteAny(c, a)
}

func encode(data, format string) (string, error) {
	switch strings.ToLower(format) {
	case "hex":
		return hex.EncodeToString([]byte(data)), nil
	case "base64":
		return foldLines(base64.StdEncoding.EncodeToString([]byte(data))), nil
	case "escape":
		return escapeBytes(data), nil
	}
	return "", errEncoding(format)
}

func errEncoding(format string) error {
	return fault.SQL("22023", `unrecognized encoding: "%s"`, format)
}

// foldLines breaks base64 after 76 characters, as MIME has it.
func foldLines(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76])
		b.WriteByte('\n')
		s = s[76:]
	}
	b.WriteString(s)
	return b.String()
}

func escapeBytes(data string) string {
	var b strings.Builder
	for _, c := range []byte(data) {
		switch {
		case c == 0 || c >= 0x80:
			b.Write([]byte{'\\', '0' + c>>6, '0' + c>>3&7, '0' + c&7})
		case c == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func decode(text, format string) (string, error) {
	switch strings.ToLower(format) {
	case "hex":
		v, err := value.Parse(tBytea, `\x`+text, value.Env{})
		return v.S, err
	case "escape":
		if strings.HasPrefix(text, `\x`) {
			return "", fault.SQL("22P02", "invalid input syntax for type bytea")
		}
		v, err := value.Parse(tBytea, text, value.Env{})
		return v.S, err
	case "base64":
		return decodeBase64(text)
	}
	return "", errEncoding(format)
}

func decodeBase64(text string) (string, error) {
	clean := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, text)
	for _, r := range clean {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '+' || r == '/' || r == '=') {
			return "", fault.SQL("22023", `invalid symbol "%c" found while decoding base64 sequence`, r)
		}
	}
	b, err := base64.StdEncoding.DecodeString(clean)
	if err != nil {
		return "", fault.SQL("22023", "invalid base64 end sequence").
			WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
	}
	return string(b), nil
}

// convert changes nothing: UTF-8 is the one encoding.
func convert(s, encoding string) (string, error) {
	switch strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(encoding)) {
	case "utf8", "unicode":
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return "", value.CheckText(s)
		}
		return s, nil
	case "sqlascii":
		return s, nil
	}
	return "", fault.SQL("0A000", `encoding "%s" is not supported`, encoding)
}

func toHex(bits int) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) {
		u := uint64(a[0].I)
		if bits == 32 {
			u = uint64(uint32(u))
		}
		return value.Str(hexText(u)), nil
	}
}

func hexText(u uint64) string {
	var b [8]byte
	for i := range b {
		b[i] = byte(u >> (56 - 8*i))
	}
	s := strings.TrimLeft(hex.EncodeToString(b[:]), "0")
	if s == "" {
		return "0"
	}
	return s
}

func getByte(_ *Call, a []value.Value) (value.Value, error) {
	if a[1].I < 0 || a[1].I >= int64(len(a[0].S)) {
		return null, fault.SQL("2202E", "index %d out of valid range, 0..%d", a[1].I, len(a[0].S)-1)
	}
	return value.Int(int64(a[0].S[a[1].I])), nil
}

// unaccent takes the marks off Latin letters.
func unaccent(s string) string {
	var b strings.Builder
	for _, r := range s {
		if base, ok := accents[r]; ok {
			b.WriteString(base)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
