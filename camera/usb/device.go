package usb

// Device is one USB camera as sysfs shows it. Texts are printable and at most 126 bytes, the longest a USB string can be; one that
// is missing or cannot be trusted is "".
type Device struct {
	Node         string // the device's file, for example /dev/video2
	Vendor       string // idVendor: four hexadecimal digits, lower case
	Product      string // idProduct, likewise
	Serial       string // the serial number, where the camera has one
	Manufacturer string
	Name         string // the product's name
	Release      string // bcdDevice, for example "0100": the maker's version of the device
	Port         string // where it is plugged in, for example "1-1.2"
	Bus          string // busnum
	Number       string // devnum: another each time the device is plugged in
}

// ID gives "vendor:product", and ":serial" where there is one.
func (d Device) ID() string {
	return Binding{Vendor: d.Vendor, Product: d.Product, Serial: d.Serial}.String()
}
