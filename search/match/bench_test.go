package match

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// technical are the words the texts are made of: those of our own list of related words, about 1,700.
var technical = sync.OnceValue(func() (words []string) {
	list, err := os.ReadFile("../text/related.txt")
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(list)) {
		line, _, _ = strings.Cut(line, "#")
		words = append(words, strings.Fields(line)...)
	}
	r := rand.New(rand.NewPCG(5, 5))
	r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return words
})

// prose makes about n characters of technical Chinese, with the skewed frequencies of real texts: the words that stand
// early in the list are far more frequent, and every few words there is one that stands everywhere.
func prose(r *rand.Rand, n int) string {
	everywhere := []string{"的", "和", "技术", "研发", "及", "系统", "应用", "提高", "，", "。"}
	words := technical()
	var b strings.Builder
	for b.Len() < 3*n {
		at := r.Float64()
		b.WriteString(words[int(at*at*float64(len(words)))])
		if r.IntN(3) == 0 {
			b.WriteString(pick(r, everywhere))
		}
	}
	return b.String()
}

// real reads the texts of the labelled sets under LIANBANG_TEST_EVAL, none when it is not set.
var real = sync.OnceValue(func() (texts []Item) {
	files, _ := filepath.Glob(filepath.Join(os.Getenv("LIANBANG_TEST_EVAL"), "t*", "docs.jsonl"))
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		for line := range strings.Lines(string(data)) {
			var d struct{ Title, Name, Content string }
			if err := json.Unmarshal([]byte(line), &d); err != nil {
				panic(err)
			}
			if d.Content != "" {
				texts = append(texts, Item{Title: d.Title + d.Name, Text: d.Content})
			}
		}
	}
	return texts
})

// write gives an item texts: real ones repeated with variation when there are any, else prose.
func write(r *rand.Rand, it *Item, length int) {
	if texts := real(); len(texts) > 0 {
		t := pick(r, texts)
		it.Title, it.Text = t.Title+pick(r, technical()), pick(r, technical())+"，"+t.Text
		return
	}
	it.Title, it.Text = prose(r, 14), prose(r, length)
}

func crowd(n int) *Index {
	r := rand.New(rand.NewPCG(11, 12))
	x := New(DefaultWeights())
	for i := range n {
		it := invent(r, "i"+strconv.Itoa(i))
		write(r, &it, 100+r.IntN(200))
		x.Upsert(it)
	}
	x.Refresh()
	return x
}

// BenchmarkTop asks a whole demand (title and 200 characters or a real text) of 1,000, 10,000 and 100,000 organisations,
// from one client and from 8 at a time, and reports percentiles of single answers and the memory of the index.
func BenchmarkTop(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		x := crowd(n)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		for _, clients := range []int{1, 8} {
			b.Run(fmt.Sprintf("%d/%dclients", n, clients), func(b *testing.B) {
				var mu sync.Mutex
				var times []time.Duration
				var wait sync.WaitGroup
				b.ResetTimer()
				for c := range clients {
					wait.Go(func() {
						r := rand.New(rand.NewPCG(3, uint64(c)))
						for range max(1, b.N/clients) {
							q := invent(r, "q")
							q.Kind = Demand
							write(r, &q, 200)
							start := time.Now()
							x.Top(q, 20, nil)
							took := time.Since(start)
							mu.Lock()
							times = append(times, took)
							mu.Unlock()
						}
					})
				}
				wait.Wait()
				slices.Sort(times)
				b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
				b.ReportMetric(float64(m.HeapAlloc>>20), "heap-MB")
			})
		}
		runtime.KeepAlive(x)
	}
}

func BenchmarkUpsert(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	items := make([]Item, 1000)
	for i := range items {
		items[i] = invent(r, strconv.Itoa(i))
		items[i].Text = prose(r, 200)
	}
	x := New(DefaultWeights())
	i := 0
	for b.Loop() {
		x.Upsert(items[i%len(items)])
		i++
	}
}
