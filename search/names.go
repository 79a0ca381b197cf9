package search

import "unicode/utf8"

// nameIndex finds the entries whose title may hold what is typed, so that a suggestion does not look at every title: by each
// character and pair of neighbours of a title, by the first letters of its pinyin from each syllable on, and by each pair of
// initials. It may name an entry that does not hold it, or one twice; never does it leave one out.
type nameIndex struct {
	places map[uint64][]int32
	heads  []head // by place
	stale  int    // entries that left, or changed their title, and are named still
}

// head is what tells of most titles that they come too late in the order, without looking at them.
type head struct {
	first rune // of the folded title
	size  int32
}

// What two letters or characters stand for; a lone one stands with a zero.
const (
	neighbours = iota
	syllableStart
	syllableStart3 // the first two letters as one, and the third
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
	for len(x.heads) <= place {
		x.heads = append(x.heads, head{})
	}
	before := rune(0)
	first, _ := utf8.DecodeRuneInString(e.folded)
	x.heads[place] = head{first, int32(len(e.folded))}
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
		if len(from) > 2 {
			put(syllableStart3, rune(from[0])<<8|rune(from[1]), rune(from[2]))
		}
	}
	for i := 1; i < len(e.sound.initials); i++ {
		put(initialPair, rune(e.sound.initials[i-1]), rune(e.sound.initials[i]))
	}
}

// maybe is the places of entries that may hold what is typed, and how at best, those apart that another list names.
type maybe struct {
	places []int32
	how    reading
}

// candidates lists the places of the entries that may hold what is typed; isLatin: in pinyin or as initials, too.
func (x *nameIndex) candidates(wanted string, isLatin bool) []maybe {
	first, size := utf8.DecodeRuneInString(wanted)
	if size == len(wanted) {
		lists := []maybe{{x.places[nameKey(neighbours, first, 0)], literally}}
		if isLatin {
			lists = append(lists, maybe{x.places[nameKey(syllableStart, first, 0)], asPinyin})
		}
		return lists
	}
	lists := []maybe{{x.rarest(neighbours, wanted), literally}}
	if isLatin {
		start := nameKey(syllableStart, rune(wanted[0]), rune(wanted[1]))
		if len(wanted) > 2 {
			start = nameKey(syllableStart3, rune(wanted[0])<<8|rune(wanted[1]), rune(wanted[2]))
		}
		lists = append(lists, maybe{x.places[start], asPinyin}, maybe{x.rarest(initialPair, wanted), asInitials})
	}
	return lists
}

// best is the best place that the title at a place can hold what is typed in.
func (x *nameIndex) best(m maybe, at int32, first rune) place {
	return place{m.how, m.how == literally && x.heads[at].first != first}
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
