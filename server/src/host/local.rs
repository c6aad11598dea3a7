//! This host, by `/proc`, netlink and the firewall's own listing tools.

use super::{
    Counters, Descriptors, Disk, Firewall, Host, Listeners, Load, Memory, Neighbour, Pressure, Process, Route, Seen,
    SocketPath, SystemDescriptors, User,
};
use async_trait::async_trait;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The host that this program runs on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Local;

#[async_trait]
impl Host for Local {
    async fn load(&self) -> Seen<Load> {
        todo!()
    }
    async fn memory(&self) -> Seen<Memory> {
        todo!()
    }
    async fn pressure(&self) -> Seen<Vec<Pressure>> {
        todo!()
    }
    async fn disks(&self, _paths: &[PathBuf]) -> Vec<(PathBuf, Seen<Disk>)> {
        todo!()
    }
    async fn system_descriptors(&self) -> Seen<SystemDescriptors> {
        todo!()
    }
    async fn descriptors(&self, _pid: u32) -> Seen<Descriptors> {
        todo!()
    }
    async fn processes(&self) -> Seen<Vec<Process>> {
        todo!()
    }
    async fn listeners(&self) -> Seen<Listeners> {
        todo!()
    }
    async fn counters(&self) -> Seen<Counters> {
        todo!()
    }
    async fn route(&self, _to: IpAddr) -> Seen<Route> {
        todo!()
    }
    async fn neighbours(&self) -> Seen<Vec<Neighbour>> {
        todo!()
    }
    async fn firewall(&self) -> Seen<Firewall> {
        todo!()
    }
    async fn socket_path(&self, _path: &Path) -> Seen<SocketPath> {
        todo!()
    }
    async fn user(&self, _name: &str) -> Seen<User> {
        todo!()
    }
}
