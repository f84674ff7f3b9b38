package daemon

import (
	"context"
	"strconv"

	"dermbox/appliance/health"
	"dermbox/appliance/store"
)

// maxOrphans is how many image files without a row interrupted captures leave in all likelihood. More of them mean that the
// database is not the one that they belong to: restored from an older copy, or begun anew.
const maxOrphans = 16

// sweep puts the image files aside that no case names, before the first capture. None is removed, since they may be the
// only copy of somebody's images; while there are any, IT must find out.
func (x *box) sweep(ctx context.Context) error {
	moved, err := store.Stills{Store: x.store, Folder: x.images}.Sweep(ctx)
	if err != nil {
		return err
	}
	if moved > 0 {
		x.log.Warn("image files that no case names were set aside", "files", moved)
	}
	orphans, err := x.images.Orphaned()
	if err != nil {
		return err
	}
	params := map[string]string{"files": strconv.Itoa(orphans), "path": x.config.ImagesDir()}
	switch {
	case orphans > maxOrphans:
		x.health.Set("images", health.Check{Level: health.Error, Key: "daemon.images_orphaned", Who: health.IT, Params: params})
	case orphans > 0:
		x.health.Set("images", health.Check{Level: health.Warn, Key: "daemon.images_aside", Who: health.IT, Params: params})
	}
	return nil
}
