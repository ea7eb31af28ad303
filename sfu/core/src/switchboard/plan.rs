//! The pure part of the plan: which sources a receiver should see, and in which slots.

use crate::ids::{PeerId, SourceId, SourceRef, WorkerId};
use crate::sdp::{MediaKind, SourceKind};

/// Someone whom a receiver should see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub peer: PeerId,
    pub worker: WorkerId,
    pub sources: &'a [SourceKind],
}

/// All sources of the members, each once: microphones and cameras in the order of the members,
/// then screens.
pub(super) fn desired<'a>(members: impl Iterator<Item = Member<'a>>) -> Vec<SourceRef> {
    let mut found: Vec<SourceRef> = Vec::new();
    let mut screens = Vec::new();
    for member in members {
        for kind in member.sources {
            let source = SourceId {
                peer: member.peer,
                kind: *kind,
            };
            let from = SourceRef {
                source,
                worker: member.worker,
            };
            let list = if *kind == SourceKind::Screen {
                &mut screens
            } else {
                &mut found
            };
            if !list.contains(&from) {
                list.push(from);
            }
        }
    }
    found.append(&mut screens);
    found
}

/// A slot that shows something else from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub slot: u8,
    pub before: Option<SourceRef>,
    pub now: Option<SourceRef>,
}

/// Puts the wanted sources into the slots: as many as there are slots of their kind, the first
/// ones first. Those shown stay where they are, the rest takes the freed slots in order.
pub(super) fn assign(
    kinds: &[MediaKind],
    shown: &mut [Option<SourceRef>],
    wanted: &[SourceRef],
) -> Vec<Change> {
    let before = shown.to_vec();
    let of_kind = |media: MediaKind| {
        let places = kinds.iter().filter(|kind| **kind == media).count();
        wanted
            .iter()
            .filter(move |source| source.source.kind.media() == media)
            .take(places)
    };
    let fitting: Vec<SourceRef> = of_kind(MediaKind::Audio)
        .chain(of_kind(MediaKind::Video))
        .copied()
        .collect();
    for slot in shown.iter_mut() {
        if slot.is_some_and(|source| !fitting.contains(&source)) {
            *slot = None;
        }
    }
    for source in fitting {
        if shown.contains(&Some(source)) {
            continue;
        }
        let free = kinds
            .iter()
            .zip(shown.iter_mut())
            .find(|(kind, slot)| **kind == source.source.kind.media() && slot.is_none());
        if let Some((_, slot)) = free {
            *slot = Some(source);
        }
    }
    let changed = before.iter().zip(shown.iter()).enumerate();
    changed
        .filter(|(_, (before, now))| before != now)
        .map(|(slot, (before, now))| Change {
            slot: slot as u8,
            before: *before,
            now: *now,
        })
        .collect()
}
