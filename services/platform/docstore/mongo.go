package docstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/readconcern"
	"go.mongodb.org/mongo-driver/mongo/readpref"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/x/mongo/driver/connstring"

	"lianbang/services/platform/fault"
)

// mongoEngine keeps a collection as one of MongoDB, the envelope as top-level fields and the body as a sub-document.
type mongoEngine struct {
	client   *mongo.Client
	database *mongo.Database
}

// Set on purpose; a value in the URL is overruled, so that every deployment behaves alike.
const (
	// A user waits for the answer: an operation ends, retries included, well before the gateway gives up. A caller's
	// earlier deadline wins.
	mongoTimeout = 8 * time.Second
	// An election takes a few seconds; longer than that without a primary is an outage to report, not to wait out.
	mongoSelection = 5 * time.Second
	mongoConnect   = 3 * time.Second
	// Per process. Every replica of every service has its own pool, and mongod pays about 1 MB a connection: eight services
	// in two replicas stay under 1,000 connections, while 50 operations of 5 ms at a time are 10,000 a second.
	mongoPool = 50
	// Opening many connections at once after a failover slows the recovery down.
	mongoConnecting = 4
	mongoIdle       = 5 * time.Minute
)

func openMongo(ctx context.Context, address string) (*mongoEngine, error) {
	parsed, err := connstring.ParseAndValidate(address)
	if err != nil {
		return nil, errors.New("docstore: the MongoDB URL cannot be read") // not echoed: it may hold a password
	}
	if parsed.Database == "" {
		return nil, errors.New("docstore: the MongoDB URL names no database, as in mongodb://host/lianbang_demand")
	}
	durable := writeconcern.Majority() // on the disk of a majority: it survives the loss of the primary
	durable.Journal = new(true)
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(address).
		SetAppName("lianbang").
		SetTimeout(mongoTimeout).
		SetServerSelectionTimeout(mongoSelection).
		SetConnectTimeout(mongoConnect).
		SetMaxPoolSize(mongoPool).
		SetMaxConnecting(mongoConnecting).
		SetMaxConnIdleTime(mongoIdle).
		SetWriteConcern(durable).
		// A failover in the middle of a write is answered by one retry, which the server recognises as the same write.
		SetRetryWrites(true).
		SetRetryReads(true).
		// The relay must not deliver an event of a write that a failover then takes back.
		SetReadConcern(readconcern.Majority()).
		// A user reads what it just wrote; secondaries are for survival, not for load.
		SetReadPreference(readpref.Primary()))
	if err != nil {
		return nil, mongoFault(err)
	}
	e := &mongoEngine{client: client, database: client.Database(parsed.Database)}
	if err := e.ping(ctx); err != nil {
		return nil, errors.Join(err, client.Disconnect(ctx))
	}
	return e, nil
}

// mongoRecord is a record as BSON. A zero dirty or pendingAt is left out, which keeps it out of the sparse index.
type mongoRecord struct {
	ID          string `bson:"_id"`
	Rev         int64  `bson:"rev"`
	Seq         int64  `bson:"seq"`
	Version     int    `bson:"version"`
	Created     int64  `bson:"created"`
	Updated     int64  `bson:"updated"`
	Dirty       int64  `bson:"dirty,omitempty"`
	PendingAt   int64  `bson:"pendingAt,omitempty"`
	Fingerprint string `bson:"fingerprint,omitempty"`
	Outbox      bson.A `bson:"outbox,omitempty"`
	Body        bson.D `bson:"body"`
}

func toMongo(rec record) (mongoRecord, error) {
	m := mongoRecord{ID: rec.id, Rev: rec.rev, Seq: rec.seq, Version: rec.version, Created: rec.created, Updated: rec.updated,
		Dirty: rec.dirty, PendingAt: rec.pendingAt, Fingerprint: rec.fingerprint}
	content, err := toBSON(rec.body)
	if err != nil {
		return m, fault.Wrap(err, fault.Internal, "", "a document could not be encoded")
	}
	m.Body, _ = content.(bson.D)
	if len(rec.outbox) > 0 {
		events, err := toBSON(rec.outbox)
		if err != nil {
			return m, fault.Wrap(err, fault.Internal, "", "an outbox could not be encoded")
		}
		m.Outbox, _ = events.(bson.A)
	}
	return m, nil
}

func fromMongo(m mongoRecord) (rec record, err error) {
	rec = record{id: m.ID, rev: m.Rev, seq: m.Seq, version: m.Version, created: m.Created, updated: m.Updated,
		dirty: m.Dirty, pendingAt: m.PendingAt, fingerprint: m.Fingerprint}
	if rec.body, err = fromBSON(m.Body); err != nil {
		return rec, err
	}
	if len(m.Outbox) > 0 {
		rec.outbox, err = fromBSON(m.Outbox)
	}
	return rec, err
}

func (e *mongoEngine) of(t *table) *mongo.Collection { return e.database.Collection(t.name) }

func (e *mongoEngine) define(ctx context.Context, t *table, beforeIndexing func() error) error {
	specs, err := e.of(t).Indexes().ListSpecifications(ctx)
	if err != nil {
		return mongoFault(err)
	}
	have := map[string]bool{}
	for _, s := range specs {
		have[s.Name] = true
	}
	want := map[string]bool{}
	var missing []mongo.IndexModel
	for _, ix := range append([]*index{indexDirty, indexPending}, t.indexes...) {
		name := mongoIndexName(ix)
		want[name] = true
		if !have[name] {
			missing = append(missing, mongoIndex(ix))
		}
	}
	for name := range have { // ours, and no longer declared; an administrator's own are left alone
		if strings.HasPrefix(name, mongoIndexPrefix) && !want[name] {
			if _, err := e.of(t).Indexes().DropOne(ctx, name); err != nil {
				return mongoFault(err)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := beforeIndexing(); err != nil {
		return err
	}
	// Building an index over many documents takes longer than a user would wait.
	building, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	_, err = e.of(t).Indexes().CreateMany(building, missing)
	return mongoFault(err)
}

const mongoIndexPrefix = "lb_"

// mongoIndexName holds a digest of the definition, so that a changed index is a new one.
func mongoIndexName(ix *index) string {
	definition := strings.Join(ix.fields, ",")
	if ix.unique {
		definition += " unique"
	}
	sum := sha256.Sum256([]byte(definition))
	return mongoIndexPrefix + strings.TrimPrefix(ix.name, "@") + "_" + hex.EncodeToString(sum[:4])
}

func mongoIndex(ix *index) mongo.IndexModel {
	keys := bson.D{}
	for _, f := range ix.fields {
		keys = append(keys, bson.E{Key: mongoField(f), Value: int32(1)})
	}
	o := options.Index().SetName(mongoIndexName(ix))
	if ix.unique {
		o.SetUnique(true)
	}
	if ix == indexDirty || ix == indexPending {
		o.SetSparse(true)
	}
	return mongo.IndexModel{Keys: keys, Options: o}
}

func mongoField(field string) string {
	switch field {
	case keyID:
		return "_id"
	case keyDirty:
		return "dirty"
	case keyPending:
		return "pendingAt"
	}
	return "body." + field
}

func (e *mongoEngine) get(ctx context.Context, t *table, id string) (record, error) {
	var m mongoRecord
	err := e.of(t).FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&m)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return record{}, errAbsent
	}
	if err != nil {
		return record{}, mongoFault(err)
	}
	return fromMongo(m)
}

func (e *mongoEngine) rev(ctx context.Context, t *table, id string) (int64, error) {
	var m struct {
		Rev int64 `bson:"rev"`
	}
	err := e.of(t).FindOne(ctx, bson.D{{Key: "_id", Value: id}}, options.FindOne().SetProjection(bson.D{{Key: "rev", Value: 1}})).Decode(&m)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return 0, errAbsent
	}
	return m.Rev, mongoFault(err)
}

func (e *mongoEngine) getMany(ctx context.Context, t *table, ids []string) ([]record, error) {
	return e.find(ctx, t, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, options.Find())
}

func (e *mongoEngine) insert(ctx context.Context, t *table, rec record) error {
	m, err := toMongo(rec)
	if err != nil {
		return err
	}
	_, err = e.of(t).InsertOne(ctx, m)
	return mongoFault(err)
}

// swap replaces the whole document, also when only the envelope changed: one kind of write to reason about, and the one
// that sharded collections and every compatible server do right.
func (e *mongoEngine) swap(ctx context.Context, t *table, rec record, _ bool) (bool, error) {
	m, err := toMongo(rec)
	if err != nil {
		return false, err
	}
	result, err := e.of(t).ReplaceOne(ctx, atSeq(rec.id, rec.seq-1), m)
	if err != nil {
		return false, mongoFault(err)
	}
	return result.MatchedCount == 1, nil
}

func (e *mongoEngine) remove(ctx context.Context, t *table, id string, seq int64) (bool, error) {
	result, err := e.of(t).DeleteOne(ctx, atSeq(id, seq))
	if err != nil {
		return false, mongoFault(err)
	}
	return result.DeletedCount == 1, nil
}

func atSeq(id string, seq int64) bson.D {
	return bson.D{{Key: "_id", Value: id}, {Key: "seq", Value: seq}}
}

func (e *mongoEngine) scan(ctx context.Context, t *table, s scan) ([]record, error) {
	direction := int32(1)
	if s.descending {
		direction = -1
	}
	order := bson.D{}
	for _, f := range s.rest() {
		order = append(order, bson.E{Key: mongoField(f), Value: direction})
	}
	o := options.Find().SetLimit(int64(s.limit)).SetHint(mongoHint(s.index))
	if len(order) > 0 {
		o.SetSort(order)
	}
	return e.find(ctx, t, mongoFilter(s), o)
}

func (e *mongoEngine) count(ctx context.Context, t *table, s scan) (int64, error) {
	n, err := e.of(t).CountDocuments(ctx, mongoFilter(s), options.Count().SetHint(mongoHint(s.index)))
	return n, mongoFault(err)
}

func (e *mongoEngine) tally(ctx context.Context, t *table, ix *index, ranges [][]value) (map[string]int64, error) {
	either := make(bson.A, len(ranges))
	for i, r := range ranges {
		either[i] = mongoFilter(scan{index: ix, equal: r})
	}
	found, err := e.of(t).Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "$or", Value: either}}}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$" + mongoField(ix.fields[0])}, {Key: "n", Value: bson.D{{Key: "$sum", Value: int64(1)}}}}}},
	})
	if err != nil {
		return nil, mongoFault(err)
	}
	var groups []struct {
		First string `bson:"_id"`
		N     int64  `bson:"n"`
	}
	if err := found.All(ctx, &groups); err != nil {
		return nil, mongoFault(err)
	}
	sums := make(map[string]int64, len(groups))
	for _, g := range groups {
		sums[g.First] = g.N
	}
	return sums, nil
}

// mongoHint makes the server read that index and no other.
func mongoHint(ix *index) string {
	if ix == indexID {
		return "_id_"
	}
	return mongoIndexName(ix)
}

// mongoFilter holds only scalars as values, so nothing a user sends can be an operator.
func mongoFilter(s scan) bson.D {
	filter := bson.D{}
	for i, v := range s.equal {
		filter = append(filter, bson.E{Key: mongoField(s.index.fields[i]), Value: mongoValue(v)})
	}
	bounds := bson.D{}
	switch {
	case s.from != nil && s.after:
		bounds = append(bounds, bson.E{Key: "$gt", Value: mongoValue(*s.from)})
	case s.from != nil:
		bounds = append(bounds, bson.E{Key: "$gte", Value: mongoValue(*s.from)})
	case s.index == indexDirty || s.index == indexPending:
		bounds = append(bounds, bson.E{Key: "$gt", Value: int64(0)}) // those that wait
	}
	if s.to != nil {
		bounds = append(bounds, bson.E{Key: "$lt", Value: mongoValue(*s.to)})
	}
	if len(bounds) > 0 {
		filter = append(filter, bson.E{Key: mongoField(s.rest()[0]), Value: bounds})
	}
	return filter
}

func mongoValue(v value) any {
	switch v.kind {
	case isText:
		return v.text
	case isBool:
		return v.number == 1
	}
	return v.number
}

func (e *mongoEngine) find(ctx context.Context, t *table, filter bson.D, o *options.FindOptions) ([]record, error) {
	cursor, err := e.of(t).Find(ctx, filter, o)
	if err != nil {
		return nil, mongoFault(err)
	}
	var found []mongoRecord
	if err := cursor.All(ctx, &found); err != nil {
		return nil, mongoFault(err)
	}
	records := make([]record, 0, len(found))
	for _, m := range found {
		rec, err := fromMongo(m)
		if err != nil {
			return nil, err
		}
		records = append(records, rec)
	}
	return records, nil
}

func (e *mongoEngine) backup(context.Context, string) error {
	return fault.New(fault.Unsupported, "backup_by_mongodump", "a MongoDB database is backed up with mongodump")
}

func (e *mongoEngine) ping(ctx context.Context) error {
	return mongoFault(e.client.Ping(ctx, readpref.Primary()))
}

func (e *mongoEngine) close(ctx context.Context) error { return e.client.Disconnect(ctx) }

// mongoFault says which errors mean "try again"; the rest stays an internal error.
func mongoFault(err error) error {
	switch {
	case err == nil:
		return nil
	case mongo.IsDuplicateKeyError(err):
		return &takenError{index: mongoTakenIndex(err.Error())}
	case errors.Is(err, context.Canceled):
		return err
	case mongo.IsTimeout(err), mongo.IsNetworkError(err), errors.Is(err, mongo.ErrClientDisconnected):
		return fault.Wrap(err, fault.Unavailable, "storage_unavailable", "the database does not answer")
	}
	var server mongo.ServerError
	if errors.As(err, &server) && (server.HasErrorLabel("RetryableWriteError") || server.HasErrorLabel("TransientTransactionError")) {
		return fault.Wrap(err, fault.Unavailable, "storage_unavailable", "the database has no primary at the moment")
	}
	return err
}

// mongoTakenIndex finds our index's name in "… index: lb_byCode_0a1b2c3d dup key …"; "" means the id.
func mongoTakenIndex(message string) string {
	_, name, _ := strings.Cut(message, " index: ")
	name, ours := strings.CutPrefix(name, mongoIndexPrefix)
	if !ours {
		return ""
	}
	name, _, _ = strings.Cut(name, "_")
	return name
}
