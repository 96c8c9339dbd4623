//! Ports of a node's addresses that its pods have taken (`framework/types.go`, `HostPortInfo`).

use super::names::{Names, Symbol};

/// A port of a node that a container wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// The address; [`Names::ANY_ADDRESS`] for all of the node.
    pub address: Symbol,
    /// The protocol, such as `TCP`.
    pub protocol: Symbol,
    /// The number; 0 wants none.
    pub number: u16,
}

/// The ports that are taken. A node has few.
#[derive(Clone, Debug, Default)]
pub struct UsedPorts(Vec<Port>);

impl UsedPorts {
    /// Takes a port.
    pub fn take(&mut self, port: Port) {
        if port.number > 0 {
            self.0.push(port);
        }
    }

    /// Gives a port back.
    pub fn free(&mut self, port: Port) {
        if let Some(at) = self.0.iter().position(|other| *other == port) {
            self.0.swap_remove(at);
        }
    }

    /// Whether a port is taken, on its address or on all.
    pub fn conflicts(&self, port: Port) -> bool {
        self.0.iter().any(|other| {
            other.number == port.number
                && other.protocol == port.protocol
                && (other.address == port.address
                    || other.address == Names::ANY_ADDRESS
                    || port.address == Names::ANY_ADDRESS)
        })
    }
}
