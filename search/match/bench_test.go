package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// prose makes about n characters of technical Chinese: words of a few thousand invented from common characters, with
// the skewed frequencies of real texts.
func prose(r *rand.Rand, n int) string {
	const common = "的一在不了有和工产为以于用中大上能行可生方学时理动力下过进多面后心同现水部成度自高量程加体重质由机电化系使料性制术结构车公司技新开研发控数智环保节热材合金属光检测设计精密表处药食农业服务平台信息网络通讯安全装备液压气轮模具注塑纤维石墨烯激光焊接涂层润滑油脂轴承减速器传感磁铁锂池隔膜催化剂废污泥"
	chars := []rune(common)
	var out []rune
	for len(out) < n {
		// Square the draw: early characters, and early words, are far more frequent.
		word := r.Float64()
		seed := rand.New(rand.NewPCG(uint64(word*word*4000), 5))
		for range 2 + seed.IntN(3) {
			out = append(out, chars[seed.IntN(len(chars))])
		}
		if r.IntN(6) == 0 {
			out = append(out, '，')
		}
	}
	return string(out)
}

func crowd(n int) *Index {
	r := rand.New(rand.NewPCG(11, 12))
	x := New(DefaultWeights())
	for i := range n {
		it := invent(r, "i"+strconv.Itoa(i))
		it.Title, it.Text = prose(r, 14), prose(r, 100+r.IntN(200))
		x.Upsert(it)
	}
	x.Refresh()
	return x
}

// BenchmarkTop asks a whole demand (title and 200 characters) of 1,000, 10,000 and 100,000 organisations from 8
// goroutines, and reports percentiles of single answers.
func BenchmarkTop(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		x := crowd(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var mu sync.Mutex
			var times []time.Duration
			b.SetParallelism(4) // times the number of processors
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				r := rand.New(rand.NewPCG(3, 4))
				for pb.Next() {
					q := invent(r, "q")
					q.Kind, q.Title, q.Text = Demand, prose(r, 14), prose(r, 200)
					start := time.Now()
					x.Top(q, 20, nil)
					took := time.Since(start)
					mu.Lock()
					times = append(times, took)
					mu.Unlock()
				}
			})
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
		})
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
