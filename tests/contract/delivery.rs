//! What holds of every delivery policy and every poller policy.

use cloudsched::kernel::Span;
use cloudsched::kernel::stream::below;
use cloudsched::model::Outcome;
use cloudsched::policy::delivery::{DELIVERIES, DeliveryChoice, Failed, Verdict};
use cloudsched::policy::pollers::{POLLERS, Polled, PollersChoice};

use super::{SEEDS, policies, stream};

#[test]
fn every_delivery_gives_up_what_is_too_old_and_cuts_only_what_can_be_cut() {
    for (name, DeliveryChoice(policy)) in policies(&DELIVERIES) {
        policy.check().expect(name);
        let shape = policy.shape();
        assert!(shape.lines > 0 && shape.batch > 0, "{name}");
        assert!(policy.pollers().is_none() || !shape.in_order, "{name}");
        for seed in 0..SEEDS {
            let chance = &mut stream(seed);
            let attempts = 1 + below(chance, 9) as u32;
            let refused = below(chance, 2) == 0;
            let refusals = u32::from(refused) + below(chance, attempts.into()) as u32 / 2;
            let failed = Failed {
                outcome: if refused { Outcome::Refused } else { Outcome::Failed },
                attempts,
                refusals: if shape.in_order { 0 } else { refusals },
                messages: if shape.in_order { 1 + below(chance, 4) as u32 } else { 1 },
                age: Span::from_millis(below(chance, 100_000)),
                held: Span::from_millis(below(chance, 1000)),
            };
            let verdict = policy.failed(&failed);
            let cuts = matches!(verdict, Verdict::Halve(_));
            assert!(!cuts || (shape.in_order && failed.messages > 1), "{name}: {failed:?}");
            let last = Failed { attempts: 1_000_000, age: Span::from_secs(1 << 30), ..failed };
            assert_eq!(policy.failed(&last), Verdict::Dead, "{name}: {last:?}");
        }
    }
}

#[test]
fn there_is_always_a_poller() {
    for (name, PollersChoice(policy)) in policies(&POLLERS) {
        policy.check().expect(name);
        assert!(policy.first() > 0, "{name}");
        assert!(policy.every().is_none_or(|every| every > Span::ZERO), "{name}");
        for seed in 0..SEEDS {
            let chance = &mut stream(seed);
            let (mut pollers, mut quiet) = (policy.first(), 0);
            for _ in 0..100 {
                let (busy, waiting) = (below(chance, 3000) as u32, below(chance, 2) as u32 * 5000);
                let lacking = waiting > 0 && busy >= pollers;
                pollers = policy.review(&Polled { pollers, busy, waiting, lacking });
                assert!(pollers > 0, "{name}");
                quiet = pollers;
            }
            for _ in 0..1000 {
                let polled = Polled { pollers: quiet, busy: 0, waiting: 0, lacking: false };
                quiet = policy.review(&polled);
            }
            assert_eq!(quiet, policy.first(), "{name} stays up");
        }
    }
}
