package docstore

import (
	"context"
	"errors"
)

func openMongo(context.Context, string) (engine, error) {
	return nil, errors.New("docstore: mongodb is not built yet")
}
