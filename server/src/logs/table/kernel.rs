//! What the kernel says, with a line of each as it writes it.

use super::super::signatures::{Begins, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::CgroupOomKilled,
        says: "The kernel killed a process, because its control group has no memory left.",
        begins: Begins::Like(r"Memory cgroup out of memory: Kill(?:ed)? process (?P<pid>\d+) \((?P<caught>[^)]*)\)"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: Memory cgroup out of memory: Killed process 212 (python3) total-vm:104832kB, anon-rss:64512kB, file-rss:5120kB, shmem-rss:0kB, UID:33 pgtables:220kB oom_score_adj:0",
        ..PLAIN
    },
    Signature {
        means: Meaning::OomKilled,
        says: "The kernel killed a process, because the host has no memory left.",
        begins: Begins::Like(
            r"Out of memory(?: \(oom_kill_allocating_task\))?: Kill(?:ed)? process (?P<pid>\d+) \((?P<caught>[^)]*)\)",
        ),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: Out of memory: Killed process 212 (java) total-vm:8104832kB, anon-rss:6451200kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:12700kB oom_score_adj:0",
        ..PLAIN
    },
    Signature {
        means: Meaning::CgroupOomKilled,
        says: "The kernel chose a process to kill, because its control group has no memory left.",
        // The name is the group's, the last part of its path: a process that is dead is in no table any more.
        begins: Begins::Like(
            r"oom-kill:constraint=CONSTRAINT_MEMCG,.*task_memcg=[^,]*/(?P<caught>[^,/]+),task=.*,pid=(?P<pid>\d+)",
        ),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/app.service,task_memcg=/system.slice/app.service,task=python3,pid=212,uid=33",
        ..PLAIN
    },
    Signature {
        means: Meaning::OomKilled,
        says: "The kernel chose a process to kill, because the host has no memory left.",
        begins: Begins::Like(
            r"oom-kill:constraint=CONSTRAINT_(?:NONE|CPUSET|MEMORY_POLICY),.*task=(?P<caught>[^,]*),pid=(?P<pid>\d+)",
        ),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/app.service,task=java,pid=212,uid=33",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerCrashed,
        says: "A process crashed: it touched memory that is not its own.",
        begins: Begins::Like(r"(?P<caught>[^\[]{1,16})\[(?P<pid>\d+)\]: segfault at [0-9a-f]+ ip "),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: php-fpm8.2[212]: segfault at 0 ip 000055d0c1a2b3c4 sp 00007ffd1c2d3e40 error 4 in php-fpm8.2[55d0c1800000+2a0000] likely on CPU 1 (core 1, socket 0)",
        ..PLAIN
    },
    Signature {
        means: Meaning::WorkerCrashed,
        says: "A process crashed: the processor refused what it did.",
        begins: Begins::Like(r"traps: (?P<caught>[^\[]{1,16})\[(?P<pid>\d+)\] (?:general protection|trap )"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: traps: node[212] trap invalid opcode ip:7f3a1b2c3d4e sp:7ffd1c2d3e40 error:0 in libnode.so.108[7f3a1a000000+2a00000]",
        ..PLAIN
    },
    Signature {
        means: Meaning::SynFlood,
        says: "The queue of a listener is full of half-open connections.",
        begins: Begins::Like(
            r"(?:TCP: )?(?:request_sock_TCPv?6?: |request_sock_TCP: )?[Pp]ossible SYN flooding on port (?P<caught>\S+?)\. ",
        ),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: TCP: request_sock_TCP: Possible SYN flooding on port 127.0.0.1:8000. Sending cookies.",
        ..PLAIN
    },
    Signature {
        means: Meaning::ConntrackFull,
        says: "The table of tracked connections is full, so that packets are dropped.",
        begins: Begins::Like(r"nf_conntrack: (?:nf_conntrack: )?table full(?:, dropping packet| in netns)"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: nf_conntrack: nf_conntrack: table full, dropping packet",
        ..PLAIN
    },
    Signature {
        means: Meaning::TcpMemory,
        says: "The kernel has no memory left for TCP.",
        begins: Begins::Like(r"TCP: out of memory -- consider tuning tcp_mem"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: TCP: out of memory -- consider tuning tcp_mem",
        ..PLAIN
    },
    Signature {
        means: Meaning::OrphanedSockets,
        says: "The kernel drops closed connections that nobody owns any more.",
        begins: Begins::Like(r"TCP: too many orphaned sockets"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: TCP: too many orphaned sockets",
        ..PLAIN
    },
    Signature {
        means: Meaning::OutOfDescriptorsInSystem,
        says: "The whole system ran out of descriptors.",
        begins: Begins::Like(r"VFS: file-max limit \d+ reached"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: VFS: file-max limit 65536 reached",
        ..PLAIN
    },
    Signature {
        means: Meaning::NeighbourTableFull,
        says: "The table of neighbours is full.",
        begins: Begins::Like(r"neighbour: (?:arp_cache|ndisc_cache): neighbor table overflow!"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: neighbour: arp_cache: neighbor table overflow!",
        ..PLAIN
    },
    Signature {
        means: Meaning::ForkRejected,
        says: "A control group has as many processes as it may, so that another was refused.",
        begins: Begins::Like(r"cgroup: fork rejected by pids controller in (?P<caught>\S+)"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: cgroup: fork rejected by pids controller in /system.slice/app.service",
        ..PLAIN
    },
    Signature {
        means: Meaning::TaskBlocked,
        says: "A process waits for a disk for minutes.",
        begins: Begins::Like(r"INFO: task (?P<caught>[^:]{1,16}):(?P<pid>\d+) blocked for more than \d+ seconds"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: INFO: task postgres:212 blocked for more than 120 seconds.",
        ..PLAIN
    },
    Signature {
        means: Meaning::DiskFailed,
        says: "A disk or its file system fails.",
        begins: Begins::Like(
            r"(?:EXT4-fs error|XFS \(\S+\): .*[Ee]rror|I/O error, dev \S+, sector|blk_update_request: I/O error)",
        ),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: I/O error, dev sda, sector 2048 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2",
        ..PLAIN
    },
    Signature {
        means: Meaning::LinkDown,
        says: "A network interface lost its link.",
        begins: Begins::Like(r"(?:\S+ \S+ )?(?P<caught>[a-z][a-z0-9@.]+): (?:NIC )?[Ll]ink (?:is|becomes) [Dd]own"),
        sample: r"2026-11-22T15:00:00.000000+00:00 host kernel: e1000e 0000:00:1f.6 eno1: NIC Link is Down",
        ..PLAIN
    },
];
