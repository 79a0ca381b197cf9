package search

import "unicode/utf8"

// nameIndex finds the entries whose title may hold what is typed, so that a suggestion does not look at every title: by each
// character and pair of neighbours of a title, by the first letters of its pinyin from each syllable on, and by each pair of
// initials. It may name an entry that does not hold it, or one twice; never does it leave one out.
type nameIndex struct {
	places map[uint64][]int32
	stale  int // entries that left, or changed their title, and are named still
}

// What two letters or characters stand for; a lone one stands with a zero.
const (
	neighbours = iota
	syllableStart
	initialPair
)

func nameKey(kind int, a, b rune) uint64 { return uint64(kind)<<42 | uint64(a)<<21 | uint64(b) }

func newNameIndex() nameIndex { return nameIndex{places: map[uint64][]int32{}} }

// add names an entry's place by its title.
func (x *nameIndex) add(e *entry, place int) {
	put := func(kind int, a, b rune) {
		k := nameKey(kind, a, b)
		if list := x.places[k]; len(list) == 0 || list[len(list)-1] != int32(place) {
			x.places[k] = append(list, int32(place))
		}
	}
	before := rune(0)
	for _, r := range e.folded {
		put(neighbours, r, 0)
		if before != 0 {
			put(neighbours, before, r)
		}
		before = r
	}
	for _, start := range e.sound.starts {
		from := e.sound.syllables[start:]
		put(syllableStart, rune(from[0]), 0)
		if len(from) > 1 {
			put(syllableStart, rune(from[0]), rune(from[1]))
		}
	}
	for i := 1; i < len(e.sound.initials); i++ {
		put(initialPair, rune(e.sound.initials[i-1]), rune(e.sound.initials[i]))
	}
}

// candidates lists the places of the entries that may hold what is typed; isLatin: in pinyin or as initials, too.
func (x *nameIndex) candidates(wanted string, isLatin bool) [][]int32 {
	first, size := utf8.DecodeRuneInString(wanted)
	if size == len(wanted) {
		lists := [][]int32{x.places[nameKey(neighbours, first, 0)]}
		if isLatin {
			lists = append(lists, x.places[nameKey(syllableStart, first, 0)])
		}
		return lists
	}
	lists := [][]int32{x.rarest(neighbours, wanted)}
	if isLatin {
		lists = append(lists, x.places[nameKey(syllableStart, rune(wanted[0]), rune(wanted[1]))], x.rarest(initialPair, wanted))
	}
	return lists
}

// rarest is the shortest of the lists of neighbours in what is typed: what holds it is in all of them.
func (x *nameIndex) rarest(kind int, wanted string) []int32 {
	var shortest []int32
	before, first := rune(0), true
	for _, r := range wanted {
		if before != 0 {
			if list := x.places[nameKey(kind, before, r)]; first || len(list) < len(shortest) {
				shortest, first = list, false
			}
		}
		before = r
	}
	return shortest
}
