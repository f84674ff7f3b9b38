package evaluate

import "dermbox/appliance/figure"

// Share is a count out of so many.
type Share = figure.Share
