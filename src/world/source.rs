//! An event source: the lines in which the messages of a client wait.

use super::{Event, WorldAgenda};
use crate::kernel::stream::below;
use crate::kernel::{Arena, Class, Span, StreamKey, Time, Timer};
use crate::model::{ClientNumber, Origin, Request, RequestId};
use crate::policy::delivery::{Delivery, Shape};
use crate::policy::pollers::Polled;
use crate::stats::Level;

/// The event source of a client.
pub(super) struct Source<'a> {
    pub(super) rule: &'a dyn Delivery,
    pub(super) shape: Shape,
    /// How many batches of a line are at the service at once.
    pollers: u32,
    /// When that may change.
    review: Timer,
    /// How old a message may be that is given to the service.
    max_age: Span,
    key: StreamKey,
    pub(super) lines: Vec<Line>,
    /// Messages accepted and not at the service.
    pub(super) backlog: Level,
}

/// Messages in order: a linked list through their rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    first: Option<RequestId>,
    last: Option<RequestId>,
    waiting: u32,
    /// Batches at the service; of a line in order also one that pauses.
    pub(super) batches: u32,
    /// Parts of a batch that was cut, which go before all that wait, as a linked list.
    pub(super) parts: Option<RequestId>,
}

/// What the service can be given next.
pub(super) enum Next {
    /// Nothing now.
    Nothing,
    /// A part of a batch that was cut.
    Part(RequestId),
    /// The first so many messages, which have left the line.
    Messages(RequestId, u32),
    /// Nothing of this message, which has left the line: it is too old.
    TooOld(RequestId),
}

impl Line {
    /// Whether something could be given to the service, were there a poller for it.
    fn is_ready(&self, shape: &Shape, requests: &Arena<Request>, now: Time) -> bool {
        let in_time = |first: RequestId| {
            self.waiting >= shape.batch || shape.window == Span::ZERO || requests[first].due <= now
        };
        self.parts.is_some() || self.first.is_some_and(in_time)
    }

    /// Takes the first messages.
    fn take(&mut self, first: RequestId, count: u32, requests: &mut Arena<Request>) {
        let mut last = first;
        for taken in 1..=count {
            requests[last].due = Request::NEVER;
            if taken < count {
                last = requests[last].sibling.expect("as many wait as are counted");
            }
        }
        self.first = requests[last].sibling.take();
        if self.first.is_none() {
            self.last = None;
        }
        self.waiting -= count;
    }
}

impl<'a> Source<'a> {
    /// The source of a client under this rule; `key` is chance of its own.
    pub(super) fn new(rule: &'a dyn Delivery, key: StreamKey) -> Self {
        let shape = rule.shape();
        let pollers = match rule.pollers() {
            Some(pollers) => pollers.first(),
            None if shape.in_order => 1,
            None => u32::MAX,
        };
        Self {
            rule,
            shape,
            pollers,
            review: Timer::default(),
            max_age: rule.max_age(),
            key,
            lines: vec![Line::default(); shape.lines as usize],
            backlog: Level::default(),
        }
    }

    /// The line of a message with this lineage.
    pub(super) fn line_of(&self, lineage: StreamKey) -> u32 {
        match self.shape.lines {
            1 => 0,
            lines => below(&mut self.key.draws_for(lineage), lines.into()) as u32,
        }
    }

    /// A message waits at the end of its line from `now` on. When it has waited for long enough to be taken
    /// without others, if the source waits for others.
    pub(super) fn enter(
        &mut self,
        id: RequestId,
        line: u32,
        requests: &mut Arena<Request>,
        now: Time,
    ) -> Option<Time> {
        let line = &mut self.lines[line as usize];
        match line.last.replace(id) {
            Some(last) => requests[last].sibling = Some(id),
            None => line.first = Some(id),
        }
        line.waiting += 1;
        let due = (self.shape.window > Span::ZERO).then(|| now + self.shape.window);
        let message = &mut requests[id];
        message.sibling = None;
        message.due = due.unwrap_or(Request::NEVER);
        due
    }

    /// What the service can be given of a line.
    pub(super) fn next(&mut self, line: u32, requests: &mut Arena<Request>, now: Time) -> Next {
        let line = &mut self.lines[line as usize];
        if line.batches >= self.pollers {
            return Next::Nothing;
        }
        let (shape, max_age) = (&self.shape, self.max_age);
        if let Some(part) = line.parts {
            line.parts = requests[part].sibling.take();
            line.batches += 1;
            return Next::Part(part);
        }
        let Some(first) = line.first else { return Next::Nothing };
        // Nobody behind is older.
        if now - requests[first].sent > max_age {
            line.take(first, 1, requests);
            return Next::TooOld(first);
        }
        if !line.is_ready(shape, requests, now) {
            return Next::Nothing;
        }
        let count = line.waiting.min(shape.batch);
        line.take(first, count, requests);
        line.batches += 1;
        Next::Messages(first, count)
    }

    /// Whether the service is given nothing of a line before a batch of it ends.
    pub(super) fn is_held_up(&self, line: u32) -> bool {
        self.lines[line as usize].batches >= self.pollers
    }

    /// Whether messages wait that could be taken, were there more pollers.
    fn lacks_pollers(&self, requests: &Arena<Request>, now: Time) -> bool {
        self.is_held_up(0) && self.lines[0].is_ready(&self.shape, requests, now)
    }

    /// Sees to it that the number of pollers is reviewed, if there is need: messages wait although they
    /// could be taken, or there are more pollers than at first.
    pub(super) fn arm_review(
        &mut self,
        client: ClientNumber,
        requests: &Arena<Request>,
        agenda: &mut impl WorldAgenda,
    ) {
        let Some(pollers) = self.rule.pollers() else { return };
        if let Some(every) = pollers.every()
            && !self.review.is_armed()
            && (self.pollers > pollers.first() || self.lacks_pollers(requests, agenda.now()))
        {
            let at = agenda.now() + every;
            self.review.arm(agenda, at, Class::Control, Event::PollersReview(client));
        }
    }

    /// The number of pollers is reviewed.
    pub(super) fn review(&mut self, requests: &Arena<Request>, now: Time) {
        if self.review.fired(now)
            && let Some(pollers) = self.rule.pollers()
        {
            let line = &self.lines[0];
            let polled = Polled {
                pollers: self.pollers,
                busy: line.batches,
                waiting: line.waiting,
                lacking: self.lacks_pollers(requests, now),
            };
            self.pollers = pollers.review(&polled);
        }
    }

    /// # Panics
    /// If a line is not what it should be.
    pub(super) fn check(&self, requests: &Arena<Request>) {
        let mut waiting = 0;
        for line in &self.lines {
            let (mut next, mut last, mut count) = (line.first, None, 0);
            while let Some(id) = next {
                let message = &requests[id];
                let origin = message.origin;
                assert!(matches!(origin, Origin::Message { held: false, .. }), "{origin:?} waits");
                (next, last, count) = (message.sibling, Some(id), count + 1);
            }
            assert_eq!((count, last), (line.waiting, line.last), "a line is miscounted");
            assert!(!self.shape.in_order || line.batches <= 1, "a line overtakes itself");
            waiting += u64::from(count);
        }
        assert!(waiting <= self.backlog.value(), "more messages wait than there are");
    }
}
