package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// qemu gives the command that runs the guest of a folder. It is emulated in software: hosts that are guests themselves have
// KVM without being able to boot a stock kernel with it. The guest has no network, and sees the host's files read only.
func qemu(folder string) ([]string, error) {
	release, err := os.ReadFile(filepath.Join(folder, "kernel"))
	if err != nil {
		return nil, fmt.Errorf("there is no kernel, tools/v4l2/kernel.sh makes it: %w", err)
	}
	name := strings.TrimSpace(string(release))
	argv := []string{
		"qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048", "-M", "q35",
		"-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot",
		"-serial", "file:" + filepath.Join(folder, "console.log"), "-serial", "stdio",
		"-kernel", filepath.Join(folder, name, "root", "boot", "vmlinuz-"+name),
		"-initrd", filepath.Join(folder, "initrd.gz"),
		"-append", "console=ttyS0 quiet panic=-1 mitigations=off",
	}
	return append(argv, append(shared("host", "/"), shared("share", filepath.Join(folder, "share"))...)...), nil
}

// shared gives the arguments that let the guest mount a folder of the host as tag.
func shared(tag, folder string) []string {
	return []string{
		"-fsdev", "local,id=" + tag + ",path=" + folder + ",security_model=none,multidevs=remap,readonly=on",
		"-device", "virtio-9p-pci,fsdev=" + tag + ",mount_tag=" + tag,
	}
}
