package people

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Bounds of guessing. Nobody on the network can shut a person out: what closes for long is one account for one address.
const (
	freeTries  = 4               // wrong passwords of one address at one account before it must wait
	forgetTry  = 2 * time.Hour   // without a wrong one for so long, an address starts anew
	pace       = 3 * time.Second // between two tries at an account from all unproven addresses together
	paceFree   = 5               // wrong passwords at an account before that pace holds
	mostTries  = 8192            // pairs of account and address remembered; then the longest silent goes
	mostProven = 8               // addresses remembered for an account
)

// tries remembers, in memory, who tried what. Restarting the hub forgives everybody: a guesser cannot restart it.
type tries struct {
	mu       sync.Mutex
	each     map[pairing]*record
	accounts map[string]*account
}

type pairing struct{ username, address string }

// record is the wrong passwords of one address at one account.
type record struct {
	wrong int
	last  time.Time
	until time.Time // closed for this address
}

// account is what all addresses together did at one account.
type account struct {
	wrong  int
	last   time.Time
	next   time.Time // of an unproven address
	proven []string  // addresses from which the right password came, the latest last
}

func newTries() *tries { return &tries{each: map[pairing]*record{}, accounts: map[string]*account{}} }

type verdict int

const (
	mayTry verdict = iota
	mustWait
	closedHere
)

// begin says whether an address may try now, and takes its turn if it may. An address that has signed in to the account
// before does not wait for others.
func (t *tries) begin(username, address string, now time.Time) verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r := t.each[pairing{username, address}]; r != nil && now.Before(r.until) {
		return closedHere
	}
	a := t.accounts[username]
	if a == nil || a.wrong < paceFree || now.Sub(a.last) > forgetTry || slices.Contains(a.proven, address) {
		return mayTry
	}
	if now.Before(a.next) {
		return mustWait
	}
	a.next = now.Add(pace)
	return mayTry
}

// end notes how a try went.
func (t *tries) end(username, address string, right bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := pairing{username, address}
	if right {
		delete(t.each, key)
		a := t.account(username)
		a.wrong, a.last, a.next = 0, now, time.Time{}
		a.proven = slices.DeleteFunc(a.proven, func(p string) bool { return p == address })
		a.proven = append(a.proven, address)
		a.proven = a.proven[max(0, len(a.proven)-mostProven):]
		return
	}
	r := t.each[key]
	if r == nil || now.Sub(r.last) > forgetTry {
		makeRoom(t.each, func(r *record) time.Time { return r.last })
		r = &record{}
		t.each[key] = r
	}
	r.wrong, r.last = r.wrong+1, now
	if r.wrong > freeTries {
		r.until = now.Add(min(time.Minute<<min(r.wrong-freeTries-1, 10), time.Hour))
	}
	a := t.account(username)
	if now.Sub(a.last) > forgetTry {
		a.wrong = 0
	}
	a.wrong, a.last = a.wrong+1, now
}

func (t *tries) account(username string) *account {
	a := t.accounts[username]
	if a == nil {
		makeRoom(t.accounts, func(a *account) time.Time { return a.last })
		a = &account{}
		t.accounts[username] = a
	}
	return a
}

// makeRoom forgets the longest silent one of a full map.
func makeRoom[K comparable, V any](m map[K]V, last func(V) time.Time) {
	if len(m) < mostTries {
		return
	}
	var oldest K
	var at time.Time
	for k, v := range m {
		if when := last(v); at.IsZero() || when.Before(at) {
			oldest, at = k, when
		}
	}
	delete(m, oldest)
}

// network gives what one guesser has of an address: the whole of an IPv4 address, the /64 of an IPv6 one, in which a single
// machine may choose freely. What is no address stands for itself.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
