package text

import (
	"slices"
	"strings"
)

// maxTerms is how many terms the engine reads of a query; it ignores the rest silently, so we never send more.
const maxTerms = 10

// Asked is a typed query as the engine understands it. The strings are complete engine queries over the attributes
// made by Index: quoted phrases of tokens allow neither typos nor prefixes, plain Latin words allow both.
type Asked struct {
	// Exact asks for everything typed, each run as one phrase. All terms must match.
	Exact string
	// Loose asks for the content of a question without its fillers, cut at dictionary words, the telling part first:
	// for a "last terms may fail" strategy when Exact finds nothing. Equal to Exact when there is nothing to loosen.
	Loose string
	// Pinyin reads the Latin words that were typed as pinyin syllables, or as initials; most likely first. Empty unless
	// Latin letters were typed and every Latin word can be read so. For when Exact finds little.
	Pinyin []string
	// Dropped counts typed terms beyond what the engine reads.
	Dropped int
}

// Query analyses what a person typed. An input without any character, letter or digit gives an empty Exact.
func Query(input string) Asked {
	rs := runs(fold(input))
	var exact, loose []string
	for _, run := range rs {
		exact = appendNew(exact, exactTerms(run)...)
	}
	for _, part := range content(rs) {
		loose = appendNew(loose, exactTerms(part)...)
	}
	if len(loose) == 0 {
		loose = exact
	}
	a := Asked{Dropped: max(0, len(exact)-maxTerms), Pinyin: asPinyin(rs)}
	a.Exact = strings.Join(exact[:min(maxTerms, len(exact))], " ")
	a.Loose = strings.Join(loose[:min(maxTerms, len(loose))], " ")
	return a
}

func appendNew(list []string, terms ...string) []string {
	for _, t := range terms {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

func phrase(tokens []string) string { return `"` + strings.Join(tokens, " ") + `"` }

// exactTerms answers the engine terms that one run asks for: with Han, the phrase of all its pairs; else its Latin
// word, open to typos and to being unfinished, or the phrase of its words and numbers (a wrong digit is another thing,
// never a typo).
func exactTerms(run []char) []string {
	if hasHan(run) {
		if len(run) == 1 {
			return []string{phrase([]string{hanToken(run[0].r)})}
		}
		pairs := make([]string, 0, len(run)-1)
		for i := 1; i < len(run); i++ {
			pairs = append(pairs, pairToken(run[i-1].r, run[i].r))
		}
		return []string{phrase(pairs)}
	}
	us := units(run)
	if len(us) == 1 && us[0][0].class == letter && len(us[0]) > 1 && ascii(us[0]) {
		return []string{runeString(us[0])}
	}
	tokens := make([]string, len(us))
	for i, u := range us {
		tokens[i] = unitToken(u)
	}
	return []string{phrase(tokens)}
}

// content cuts the runs of a question into its telling parts: fillers out, dictionary words and Latin words by
// themselves, weak words last or, when there is anything else, not at all.
func content(rs [][]char) [][]char {
	var telling, vague [][]char
	keep := func(part []char) {
		switch {
		case len(part) == 0:
		case weak[runeString(part)]:
			vague = append(vague, part)
		default:
			telling = append(telling, part)
		}
	}
	for _, run := range rs {
		from := 0
		for i := 0; i < len(run); {
			if n := fillerAt(run, from, i); n > 0 {
				keep(run[from:i])
				i += n
				from = i
				continue
			}
			if n := max(wordAt(run, i), weakAt(run, i)); n > 0 {
				keep(run[from:i])
				keep(run[i : i+n])
				i += n
				from = i
				continue
			}
			if i > from && run[i].class != run[i-1].class && (run[i].class == han) != (run[i-1].class == han) {
				keep(run[from:i])
				from = i
			}
			i++
		}
		keep(run[from:])
	}
	if len(telling) == 0 {
		telling = vague
	}
	var out [][]char
	for _, part := range telling {
		out = append(out, chop(part)...)
	}
	return out
}

// chop cuts a long unknown part into pieces of at most four characters, so that one unusual wording does not lose all.
func chop(part []char) [][]char {
	if !hasHan(part) || len(part) <= 4 {
		return [][]char{part}
	}
	var out [][]char
	n := (len(part) + 3) / 4
	for i := range n {
		out = append(out, part[i*len(part)/n:(i+1)*len(part)/n])
	}
	return out
}

// fillerAt answers the length of the filler at run[i], 0 if there is none; from is where the present part began. One
// character may be half of a word (目的, 求解, 在线), so it is a filler only where its kind stands: 求 before, 吗 after.
func fillerAt(run []char, from, i int) int {
	if run[i].class != han || wordAt(run, i) > 0 {
		return 0
	}
	best := 0
	for _, f := range fillers {
		r := []rune(f)
		if len(r) > best && hasPrefix(run[i:], r) {
			best = len(r)
		}
	}
	switch {
	case best > 0:
		return best
	case run[i].r == '的',
		i == from && strings.ContainsRune(leading, run[i].r),
		i == len(run)-1 && strings.ContainsRune(trailing, run[i].r):
		return 1
	}
	return 0
}

// weakAt answers the length of the weak word at run[i].
func weakAt(run []char, i int) int {
	for l := min(5, len(run)-i); l >= 2; l-- {
		if weak[runeString(run[i:i+l])] {
			return l
		}
	}
	return 0
}

func wordAt(run []char, i int) int {
	for _, w := range known[run[i].r] {
		if hasPrefix(run[i:], w) && wholeWords(run, i, i+len(w)) {
			return len(w)
		}
	}
	return 0
}

// asPinyin answers the query with its Latin words read as pinyin.
func asPinyin(rs [][]char) []string {
	var latin []string
	var rest []string
	for _, run := range rs {
		for i, u := range units(run) {
			switch {
			case u[0].class != letter:
				if i == 0 || hasHan(run) {
					rest = appendNew(rest, phrase([]string{unitToken(u)}))
				}
			case !ascii(u):
				return nil
			default:
				latin = append(latin, runeString(u))
			}
		}
	}
	if len(latin) == 0 {
		return nil
	}
	// Words typed apart (shu kong) are one spelling; so are words typed together (shukong).
	joined := strings.Join(latin, "")
	if len(joined) < 2 || len(joined) > 40 {
		return nil
	}
	var out []string
	for _, s := range Syllables(joined, 3) {
		tokens := make([]string, len(s))
		for i, syl := range s {
			tokens[i] = syllableToken(syl)
		}
		out = append(out, strings.Join(append([]string{phrase(tokens)}, rest...), " "))
	}
	if len(joined) <= 12 && initialsOnly(joined) {
		tokens := make([]string, 0, len(joined)-1)
		for i := 1; i < len(joined); i++ {
			tokens = append(tokens, initialsToken(joined[i-1:], joined[i:]))
		}
		out = append(out, strings.Join(append([]string{phrase(tokens)}, rest...), " "))
	}
	return out
}

// initialsOnly tells whether every letter can begin a syllable.
func initialsOnly(s string) bool { return !strings.ContainsAny(s, "iuv") }
