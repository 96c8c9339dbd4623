//! Fair shares of what is short.

/// Shares `amount` among those who want some of it, each with a weight, max-min fair: nobody gets more than wanted, and
/// those who get less have as much for each weight as one another. What is left by rounding down is nobody's.
///
/// `wants` is (wanted, weight) of each, and what each gets is written to `shares`, whatever was there. Costs O(n) for each round in which somebody is satisfied.
///
/// ```
/// use cloudsched::model::max_min;
/// let mut shares = Vec::new();
/// max_min(1000, &[(1000, 1), (1000, 3)], &mut shares);
/// assert_eq!(shares, [250, 750]);
/// max_min(1000, &[(100, 1), (1000, 3)], &mut shares);
/// assert_eq!(shares, [100, 900]);
/// ```
///
/// Source: Bertsekas and Gallager, *Data Networks*, 1992, 6.5.2, with weights.
pub fn max_min(amount: u64, wants: &[(u64, u64)], shares: &mut Vec<u64>) {
    // What nobody is given: who has not been satisfied.
    const OPEN: u64 = u64::MAX;
    shares.clear();
    shares.resize(wants.len(), OPEN);
    let (mut left, mut weights) = (amount, wants.iter().map(|(_, weight)| weight).sum::<u64>());
    let fair = |left: u64, weight: u64, weights: u64| {
        (u128::from(left) * u128::from(weight) / u128::from(weights.max(1))) as u64
    };
    loop {
        let mut changed = false;
        for (share, &(wanted, weight)) in shares.iter_mut().zip(wants) {
            if *share == OPEN && wanted <= fair(left, weight, weights) {
                *share = wanted;
                left -= wanted;
                weights -= weight;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for (share, &(_, weight)) in shares.iter_mut().zip(wants) {
        if *share == OPEN {
            *share = fair(left, weight, weights);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::max_min;

    /// Of 1,000: weights 1 and 3 that both want all have 250 and 750. One that wants 100 of its 250 leaves 900 to the
    /// other. Three of one weight that want 100, 400 and 900 have 100, 400 and 500.
    #[test]
    fn by_weight_and_no_more_than_wanted() {
        let shared = |amount, wants: &[(u64, u64)]| {
            let mut shares = vec![7; 9];
            max_min(amount, wants, &mut shares);
            shares
        };
        assert_eq!(shared(1000, &[(1000, 1), (1000, 3)]), [250, 750]);
        assert_eq!(shared(1000, &[(100, 1), (1000, 3)]), [100, 900]);
        assert_eq!(shared(1000, &[(100, 5), (400, 5), (900, 5)]), [100, 400, 500]);
        assert_eq!(shared(1000, &[(0, 9), (300, 1)]), [0, 300]);
        assert_eq!(shared(0, &[(5, 2), (5, 2)]), [0, 0]);
    }
}
