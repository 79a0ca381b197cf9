package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"lianbang/services/platform/audit"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
)

// auditLog checks the audit logs: "lianbang audit verify [HEADS…] [flags]". It reads the databases of the data directory, stopped or
// running, or those LIANBANG_STORE names, and changes nothing. Each log is held to itself, to the heads written down in the data directory and
// to those in the files named: copies kept elsewhere, which is what shows a log that was cut off or written anew as a whole.
func auditLog(ctx context.Context, args, environ []string, out io.Writer) error {
	if len(args) == 0 || args[0] != "verify" {
		return errors.New("usage: lianbang audit verify [HEADS…] [flags], with files of heads as the data directory's audit-heads/ has them")
	}
	args = args[1:]
	var copies []string
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		copies, args = append(copies, args[0]), args[1:]
	}
	c, err := host.ParseConfig(args, environ)
	if err != nil {
		return err
	}
	broken, logs := 0, 0
	for _, service := range services() {
		report, err := verifyLog(ctx, c, service, copies)
		if errors.Is(err, os.ErrNotExist) || fault.KindOf(err) == fault.NotFound { // this process's data directory has not this service
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", service, err)
		}
		logs++
		if report.Intact() {
			fmt.Fprintf(out, "%-10s intact: %d entries, %d heads agree, head %s\n", service, report.Entries, report.Heads, report.Head.Hash)
			continue
		}
		broken++
		for _, f := range report.Findings {
			fmt.Fprintf(out, "%-10s BROKEN at entry %d, %s: %s\n", service, f.Seq, f.Damage, f.Detail)
		}
	}
	switch {
	case logs == 0:
		return errors.New("there is no audit log here; say where the data is with LIANBANG_DATA or LIANBANG_STORE")
	case broken > 0:
		return fmt.Errorf("%d of %d audit logs are broken", broken, logs)
	}
	return nil
}

func verifyLog(ctx context.Context, c host.Config, service string, copies []string) (audit.Report, error) {
	var heads []audit.Head
	for _, path := range append([]string{audit.HeadsFile(c.Data, service)}, copies...) {
		more, err := audit.ReadHeads(path, service)
		if err != nil {
			return audit.Report{}, err
		}
		heads = append(heads, more...)
	}
	db, err := docstore.Open(ctx, docstore.Options{URL: c.StoreOf(service), ReadOnly: c.Store == ""})
	if errors.Is(err, os.ErrNotExist) && len(heads) > 0 {
		return audit.Report{Findings: []audit.Finding{{Damage: audit.Truncated, Seq: 1, Detail: "the whole database is gone"}}}, nil
	}
	if err != nil {
		return audit.Report{}, err
	}
	report, err := audit.Verify(ctx, db, service, heads)
	return report, errors.Join(err, db.Close(ctx))
}

// services are the modules that have a database, in the order a backup takes them: who refers to others and whose events others hear
// first, so that the copies refer to what is in the later ones, and an event is in the earlier one or was taken by the later.
func services() []string {
	return []string{"achievement", "capability", "demand", "engagement", "provider", "notice", "account", "search", "notify"}
}
