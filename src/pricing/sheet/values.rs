//! The figures of a sheet: those of its data file, but for what the scenario gives instead.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Application, SheetError, preset};
use crate::kernel::Span;
use crate::preset::{Preset, Row};
use crate::pricing::{Amount, HOUR, Rate};
use crate::quantity::Money;
use crate::quantity::suggest::did_you_mean;

/// Figures that a scenario gives instead of those of the data file.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Given(BTreeMap<String, f64>);

/// The figures of one sheet.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    sheet: &'static str,
    preset: &'static Preset,
    given: &'a BTreeMap<String, f64>,
}

impl<'a> Values<'a> {
    /// The figures of the sheet with this name.
    ///
    /// # Errors
    /// If the scenario gives one that the sheet does not have, or that is no amount.
    ///
    /// # Panics
    /// If no sheet with a data file is called so.
    pub fn new(sheet: &'static str, given: &'a Given) -> Result<Self, SheetError> {
        Self::with_own(sheet, given, &[])
    }

    /// The same, where the platform has things of its own that have a price by their names.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn with_own(
        sheet: &'static str,
        given: &'a Given,
        own: &[String],
    ) -> Result<Self, SheetError> {
        let preset = preset(sheet).expect("every sheet but the flat one has a data file");
        let of_file = preset.values.iter().map(|fact| fact.name.as_str());
        let known: Vec<&str> = of_file.chain(own.iter().map(String::as_str)).collect();
        for (key, number) in &given.0 {
            let path = format!("values.{key}");
            if !known.contains(&key.as_str()) {
                let message = format!("`{sheet}` has no value `{key}`");
                let meant =
                    did_you_mean(key, &known).map(|meant| format!("did you mean `{meant}`? "));
                let help = format!("(`cloudsched explain {sheet}` shows all)");
                return Err(SheetError::new(&path, message, meant.unwrap_or_default() + &help));
            }
            if !(number.is_finite() && (0.0..=1e12).contains(number)) {
                let message = format!("`{key}` is no amount: `{number}`");
                return Err(SheetError::new(&path, message, "write a number from 0 to 1e12"));
            }
        }
        Ok(Self { sheet, preset, given: &given.0 })
    }

    /// The number with this key.
    ///
    /// # Errors
    /// If nobody knows it and the scenario does not give it.
    ///
    /// # Panics
    /// If the data file has no such key.
    pub fn number(&self, key: &str) -> Result<f64, SheetError> {
        if let Some(number) = self.given.get(key) {
            return Ok(*number);
        }
        let fact = self.preset.value(key).expect("a sheet asks for what its data file has");
        fact.number().ok_or_else(|| self.unknown(key, &fact.unit))
    }

    fn unknown(&self, key: &str, unit: &str) -> SheetError {
        let message = format!("`{key}` of `{}` is not known ({unit})", self.sheet);
        SheetError::new("", message, format!("give it, as in `values = {{ {key} = 0.01 }}`"))
    }

    /// The price with this key.
    ///
    /// # Errors
    /// As for [`number`](Self::number).
    pub fn money(&self, key: &str) -> Result<Money, SheetError> {
        self.number(key).map(Money::from_usd)
    }

    /// The price of a thing that the platform calls `name`, which is in the unit of the value `like`.
    ///
    /// # Errors
    /// If nobody knows it and the scenario does not give it, or if the data file has a value of another
    /// unit with that name.
    ///
    /// # Panics
    /// If the data file has no value `like`.
    pub fn money_of(&self, name: &str, like: &str) -> Result<Money, SheetError> {
        let like = self.preset.value(like).expect("a sheet asks for what its data file has");
        match self.preset.value(name) {
            Some(fact) if fact.unit == like.unit => return self.money(name),
            Some(fact) => {
                let message = format!("`{name}` of `{}` is in {}", self.sheet, fact.unit);
                let help = format!("give what has a price in {} another name", like.unit);
                return Err(SheetError::new("", message, help));
            }
            None => {}
        }
        let given = self.given.get(name).ok_or_else(|| self.unknown(name, &like.unit))?;
        Ok(Money::from_usd(*given))
    }

    /// The whole number with this key, of which something is a multiple: at least one.
    ///
    /// # Errors
    /// As for [`number`](Self::number), and if it is less.
    pub fn step(&self, key: &str) -> Result<u128, SheetError> {
        let step = self.whole(key)?;
        if step == 0 {
            let message = format!("`{key}` is a step, and that is at least 1");
            let help = "write the step in which it is billed";
            return Err(SheetError::new(&format!("values.{key}"), message, help));
        }
        Ok(step)
    }

    /// The whole number with this key.
    ///
    /// # Errors
    /// As for [`number`](Self::number).
    pub fn whole(&self, key: &str) -> Result<u128, SheetError> {
        self.number(key).map(|number| number.round() as u128)
    }

    /// The number with this key, which ends in its unit, `_ms` or `_s`, as a time.
    ///
    /// # Errors
    /// As for [`number`](Self::number).
    pub fn span(&self, key: &str) -> Result<Span, SheetError> {
        let unit = if key.ends_with("_ms") { 1e-3 } else { 1.0 };
        self.number(key).map(|number| Span::from_secs_f64(number * unit))
    }

    /// Whether the flag with this key is up.
    ///
    /// # Panics
    /// If the data file has no such flag.
    pub fn flag(&self, key: &str) -> bool {
        let value = self.preset.value(key).and_then(|fact| fact.value.as_ref());
        value.and_then(toml::Value::as_bool).expect("a sheet asks for what its data file has")
    }

    /// The number with this key as an allowance, or none if it is not asked for.
    ///
    /// # Errors
    /// As for [`number`](Self::number).
    pub fn allowance(&self, key: &str, asked: bool) -> Result<u128, SheetError> {
        if asked { self.whole(key) } else { Ok(0) }
    }

    /// The line of requests, in millions.
    ///
    /// # Errors
    /// As for [`number`](Self::number).
    pub fn requests(&self, free_tier: bool) -> Result<Rate, SheetError> {
        let free = self.allowance("free_requests", free_tier)?;
        let price = (self.money("requests")?, 1_000_000_000_000);
        // In millionths, so that what is free is a whole number of units, too.
        let rate = Rate::new("requests", "million", price, Amount::Requests(1_000_000));
        Ok(Rate { free_amount: free * 1_000_000, ..rate })
    }

    /// The sizes of instances, smallest first.
    pub fn sizes(&self) -> &'static [Row] {
        self.preset.table("sizes")
    }

    /// The smallest size whose `memory`, in MiB, holds an instance of `application`.
    ///
    /// # Errors
    /// If none does.
    pub fn size_for(&self, application: &Application) -> Result<&'static Row, SheetError> {
        let needed = application.memory.get() as f64 / f64::from(1 << 20);
        let holds = |row: &&Row| row.number("memory").is_some_and(|memory| memory >= needed);
        self.sizes().iter().find(holds).ok_or_else(|| self.too_large(application))
    }

    /// The error for an application that no instance of the vendor holds.
    pub fn too_large(&self, application: &Application) -> SheetError {
        let (name, memory, sheet) = (&application.name, application.memory, self.sheet);
        let message = format!("`{sheet}` has no instance as large as `{name}` with {memory}");
        SheetError::new("", message, "give it less `memory`, or choose another sheet")
    }
}

/// The memory of a size, in bytes.
pub(super) fn memory(size: &Row) -> u128 {
    whole(size, "memory") << 20
}

/// The whole number in column `name`.
pub(super) fn whole(size: &Row, name: &str) -> u128 {
    size.number(name).expect("a sheet asks for what its data file has") as u128
}

/// How much a vCPU-hour is, in millicpu times nanoseconds.
pub(super) const VCPU_HOUR: u128 = 1000 * HOUR;
/// How much a GiB-hour is, in bytes times nanoseconds.
pub(super) const GIB_HOUR: u128 = (1 << 30) * HOUR;
/// MiB in bytes.
pub(super) const MIB: u128 = 1 << 20;
