package docstore

import "sync"

// Together calls fn for all items, sixteen at a time, and gives the first error; what has begun is finished. The engines take writes in
// groups, so sixteen at once cost little more than one.
func Together[T any](items []T, fn func(T) error) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var first error
	failed := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return first != nil
	}
	places := make(chan struct{}, 16)
	for _, item := range items {
		places <- struct{}{}
		if failed() {
			break
		}
		all.Go(func() {
			defer func() { <-places }()
			err := fn(item)
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = err
			}
		})
	}
	all.Wait()
	return first
}

// PageSize is how many a reader who asked for n gets on a page: 20 when it did not say, never more than MaxLimit.
func PageSize(n int) int {
	if n == 0 {
		n = 20
	}
	return min(max(n, 1), MaxLimit)
}
